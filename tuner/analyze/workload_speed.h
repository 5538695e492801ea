// Two workloads of one interpreter against each other: the same work done in two ways.
#pragma once

#include <string>

#include "analyze/comparison.h"
#include "measure/sample.h"

namespace pytune {

// Time of the reference divided by time of the workload on this arm (or instructions, where those
// were counted), over the rounds of `phase` in which both are good: the geometric mean, with
// Student's t over rounds. The two are in different blocks, so what disturbs one of them widens the
// interval. Not known, in the sense of compare(), of fewer than two rounds; the estimate is 1 of
// none.
struct WorkloadPair {
  std::string arm;
  std::string reference;
  std::string workload;
};
Interval speed_of_workload(const Measurement& measurement, std::optional<Phase> phase,
                           const WorkloadPair& pair, double confidence);

}  // namespace pytune
