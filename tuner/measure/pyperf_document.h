// A measurement in pyperf's own format.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "measure/sample.h"

namespace pytune {

// 16 hex digits over the blocks: one for everything made from the same blocks, and no other's. Runs
// of files that share it took turns.
std::string measurement_id(const Measurement& measurement);

// pyperf JSON (version 1.0) of one arm, in the shape `pyperf compare_to` accepts: equal value
// counts for every arm (a block counts only if all arms have it), one run per process. Throws
// Failure when there is no such block: pyperf refuses a file without benchmarks.
nlohmann::json pyperf_document(const Measurement& measurement, const std::string& arm);

}  // namespace pytune
