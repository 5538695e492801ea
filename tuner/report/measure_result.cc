#include "report/measure_result.h"

#include <fmt/format.h>

#include <algorithm>

namespace pytune {

const Arm* find_arm(const MeasureResult& result, std::string_view id) {
  const auto found = std::find_if(result.measurement.arms.begin(), result.measurement.arms.end(),
                                  [&](const Arm& arm) { return arm.id == id; });
  return found == result.measurement.arms.end() ? nullptr : &*found;
}

const MeasuredInterpreter* find_interpreter(const MeasureResult& result, std::string_view arm) {
  const auto found =
      std::find_if(result.interpreters.begin(), result.interpreters.end(),
                   [&](const MeasuredInterpreter& candidate) { return candidate.arm == arm; });
  return found == result.interpreters.end() ? nullptr : &*found;
}

bool is_copy(const MeasureResult& result, const ArmComparison& row) {
  const Arm* arm = find_arm(result, row.arm);
  return arm != nullptr && arm->role == Arm::Role::copy;
}

std::string interpreter_label(const MeasuredInterpreter& interpreter) {
  return fmt::format("{} ({} {})", interpreter.name, interpreter.implementation,
                     interpreter.version);
}

int measure_exit_status(const MeasureResult& result) {
  const bool any = std::any_of(
      result.comparison.arms.begin(), result.comparison.arms.end(), [&](const ArmComparison& arm) {
        return arm.verdict != Verdict::cannot_tell && !is_copy(result, arm);
      });
  return any ? 0 : 3;
}

}  // namespace pytune
