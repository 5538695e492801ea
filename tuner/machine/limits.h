// Limits that whoever started pytune gave it, and which measured processes and builds inherit.
#pragma once

#include <filesystem>
#include <vector>

#include "machine/check.h"

namespace pytune {

// umask, ulimits and the control group, and what they mean for builds and figures. `root` is "/"
// but in tests.
std::vector<Finding> check_limits(const std::filesystem::path& root);

}  // namespace pytune
