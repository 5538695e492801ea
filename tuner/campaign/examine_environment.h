#pragma once

#include <filesystem>
#include <vector>

#include "machine/check.h"
#include "sys/process.h"

namespace pytune {

// The variables of `ours` that could change what pytune does or finds out, and pip's configuration
// files below `root`: by name, each with what becomes of it. Values are not shown; some hold
// passwords.
std::vector<Finding> examine_environment(const Environment& ours,
                                         const std::filesystem::path& root);

}  // namespace pytune
