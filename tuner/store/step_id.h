#pragma once

#include <compare>
#include <string>

namespace pytune {

struct StepId {
  std::string kind;  // one lower-case word: "source", "configure", "train", ...
  std::string key;   // 16 lower-case hex digits: see step_key()
  auto operator<=>(const StepId&) const = default;
};

}  // namespace pytune
