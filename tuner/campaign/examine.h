// Is this machine fit to build and to measure on?
#pragma once

#include <filesystem>
#include <vector>

#include "machine/check.h"
#include "machine/tune.h"
#include "sys/process.h"

namespace pytune {

// Everything that `pytune doctor` looks at: the machine as /proc and /sys below `root` show it,
// what `tuning` left, room for the store (which is not made), limits and variables of whoever
// started it, compilers, and packages of the system.
std::vector<Finding> examine(ProcessRunner& runner, const std::filesystem::path& root,
                             const MachineTuning& tuning, const std::filesystem::path& store);

}  // namespace pytune
