// `pytune measure --counters`: what the processor says of the interpreters just timed.
#pragma once

#include "campaign/phase_runner.h"
#include "result/measure_result.h"

namespace pytune {

// Adds blocks of Phase::counters to result.measurement, and result.counters. Where nothing can be
// counted, and for what is missing, a note with a remedy, and no failure.
void count_interpreters(MeasureResult& result, PhaseRunner& runner, const Site& site);

}  // namespace pytune
