// `pytune measure --flame-graph DIR`: where each interpreter's time went.
#pragma once

#include <string>
#include <vector>

#include "campaign/phase_runner.h"
#include "perf/stack_tree.h"
#include "result/measure_result.h"

namespace pytune {

struct InterpreterProfile {
  std::string arm;
  std::string label;
  StackTree stacks;  // of all workloads, each on a frame of its own
  std::string how;   // "1234 cycles:u samples; frame pointers, Python frames"
};

// One for each interpreter but the baseline's copy, from worker processes of their own. What cannot
// be had is a note with a reason in the result, and no failure.
std::vector<InterpreterProfile> profile_interpreters(MeasureResult& result, PhaseRunner& runner,
                                                     const Site& site);

}  // namespace pytune
