// Limits that whoever started pytune gave it, and which measured processes and builds inherit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "machine/check.h"

namespace pytune {

// umask, ulimits and the control group, and what they mean for builds and figures. `root` is "/"
// but in tests.
std::vector<Finding> check_limits(const std::filesystem::path& root);

// One sentence where the control group gives less time than the CPUs that this process may run on
// have; else empty.
std::string quota_note(const std::filesystem::path& root);

}  // namespace pytune
