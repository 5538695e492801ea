// The numeric column of a sweep: bf16mm's networks on all of its builds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/phase_runner.h"
#include "result/sweep_result.h"
#include "workload/open_suite.h"

namespace pytune {

// The suite's name, for measuring or for an emulator, which takes thousandfold for the same.
std::string numeric_suite(bool emulated);

struct NumericRounds {
  int rounds = 3;
  double minutes = 0;  // expected for them
  ComparisonSettings comparison;
};

// Builds bf16mm for each arm, measures the rounds, and asks the baseline how far bf16 is from
// float32. Nothing, with a note, when no two arms can run any of it.
std::optional<Numeric> measure_networks(PhaseRunner& runner, const std::vector<Arm>& arms,
                                        const Suite& suite, const NumericRounds& rounds,
                                        std::vector<std::string>& notes);

// What a network's script says with --accuracy. Throws Failure for anything else than one object
// with numbers in their ranges.
NetworkInBf16 parse_accuracy(const std::string& text);

}  // namespace pytune
