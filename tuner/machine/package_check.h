// Whether the packages beside an interpreter are fit for this processor.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "machine/check.h"
#include "sys/process.h"

namespace pytune {

// NumPy before 1.21.1, SciPy before 1.7.2 and OpenBLAS before 0.3.17 are slow or wrong on Arm
// (their release notes). `architecture` as uname has it; no findings but on "aarch64", or without
// a `python` to ask.
std::vector<Finding> check_packages(ProcessRunner& runner, const std::string& architecture,
                                    const std::optional<std::filesystem::path>& python);

}  // namespace pytune
