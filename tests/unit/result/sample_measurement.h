// A fixed result of `pytune measure`, for the tests of what is made from one.
#pragma once

#include "result/measure_result.h"

namespace pytune::test {

// A baseline, its copy, a faster interpreter whose name needs quoting everywhere, and one that
// failed on the second of two workloads. Three rounds; its figures are set, not computed.
MeasureResult sample_measurement();

}  // namespace pytune::test
