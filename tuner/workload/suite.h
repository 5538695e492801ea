#pragma once

#include <filesystem>
#include <vector>

#include "workload/workload.h"

namespace pytune {

// A directory of workloads as builtin.json describes it. Throws UsageError naming the file and key.
std::vector<Workload> load_suite(const std::filesystem::path& manifest);

}  // namespace pytune
