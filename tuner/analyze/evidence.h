// How far a figure can be trusted.
#pragma once

#include <array>
#include <utility>

#include "input/record.h"
#include "workload/clock.h"

namespace pytune {

// How a figure was obtained: by time on a processor of the kind it is about; by counting exactly
// what an emulator executed; by a model of a processor. Nobody sets it: it follows from the
// samples.
enum class Evidence { measured, counted, modelled };
template <>
struct EnumNames<Evidence> {
  static constexpr std::array names = {std::pair{Evidence::measured, "measured"},
                                       std::pair{Evidence::counted, "counted"},
                                       std::pair{Evidence::modelled, "modelled"}};
};

constexpr Evidence evidence_of(Clock clock) {
  return clock == Clock::instructions ? Evidence::counted : Evidence::measured;
}

}  // namespace pytune
