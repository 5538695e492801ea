// The numeric column of a sweep: bf16mm's networks on all of its builds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/comparison.h"
#include "cli/measuring.h"
#include "cli/progress.h"
#include "cli/suites.h"
#include "report/result.h"

namespace pytune {

// The suite's name, for measuring or for an emulator, which takes thousandfold for the same.
std::string numeric_suite(bool emulated);

struct NumericSettings {
  int rounds = 3;
  double minutes = 0;  // expected for it, which `minutes_done` goes up by
  ComparisonSettings comparison;
};

// Builds bf16mm for each arm, measures the rounds, and asks the baseline how far bf16 is from
// float32. Nothing, with a note, when no two arms can run any of it.
std::optional<Numeric> measure_networks(Measuring& measuring, const std::vector<Arm>& arms,
                                        const std::vector<std::string>& identities,
                                        const Suite& suite, const NumericSettings& settings,
                                        double& minutes_done, std::vector<std::string>& notes);

// What a network's script says with --accuracy. Throws Failure for anything else than one object
// with numbers in their ranges.
NetworkInBf16 parse_accuracy(const std::string& text);

}  // namespace pytune
