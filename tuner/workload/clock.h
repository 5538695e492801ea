// What a comparison is of.
#pragma once

#include <array>
#include <utility>

#include "input/record.h"

namespace pytune {

// Times, or what an emulator counted.
enum class Clock { cpu, wall, instructions };
template <>
struct EnumNames<Clock> {
  static constexpr std::array names = {std::pair{Clock::cpu, "cpu"}, std::pair{Clock::wall, "wall"},
                                       std::pair{Clock::instructions, "instructions"}};
};

}  // namespace pytune
