#pragma once

#include "report/console.h"
#include "result/measure_result.h"

namespace pytune {

// Absolute figures, of this machine alone.
void print_throughput(const Page& page, const MeasureResult& result);

}  // namespace pytune
