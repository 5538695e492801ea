// What a reader should know before believing a comparison, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "analyze/comparison.h"

namespace pytune {

inline constexpr int kFewestRounds = 5;  // with fewer, intervals are wide; they still hold

// From the blocks of `phase` and the finished comparison (its warnings excepted). Each sentence
// names its remedy.
std::vector<std::string> warnings_for(const Measurement& measurement, std::optional<Phase> phase,
                                      const Comparison& comparison, bool by_others);

}  // namespace pytune
