// The answer of a sweep in one line.
#pragma once

#include <string>

#include "result/sweep_result.h"

namespace pytune {

// What a sweep ends with; each has sentences of its own.
enum class Ending {
  rebuilt,            // recommended: confirmed on fresh rounds, and over builds made anew
  confirmed,          // recommended: confirmed on fresh rounds
  unconfirmed,        // recommended by the race alone
  nothing_to_choose,  // no other build could be measured
  lost_when_rebuilt,  // the fastest build made anew was not faster than the baseline made anew
  lost_when_confirmed,
  cannot_tell,
  not_faster,  // the race tells: equivalent or slower
};
Ending ending_of(const SweepResult& result);

// "Recommended (measured): gcc-12 O3: 1.310x faster than the baseline (95 % interval 1.290-1.330),
// confirmed on fresh rounds". One line whatever its length: scripts and people look for it.
std::string headline(const SweepResult& result, bool color);

}  // namespace pytune
