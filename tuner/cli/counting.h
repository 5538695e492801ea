// `pytune measure --counters`: what the processor says of the interpreters just timed.
#pragma once

#include <cstdint>

#include "cli/measuring.h"
#include "cli/progress.h"
#include "report/measure_result.h"
#include "sys/process.h"

namespace pytune {

// Adds blocks of the phase "counters" to result.measurement, and result.counters. Where nothing can
// be counted, and for what is missing, a note with a remedy, and no failure.
void count_interpreters(MeasureResult& result, Measuring& measuring, std::uint64_t seed,
                        ProcessRunner& runner, Progress& progress);

}  // namespace pytune
