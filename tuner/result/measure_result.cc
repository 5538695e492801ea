#include "result/measure_result.h"

#include <algorithm>

namespace pytune {

Evidence evidence_of(const MeasureResult& result) { return evidence_of(result.comparison.clock); }

const Arm* find_arm(const MeasureResult& result, std::string_view id) {
  const auto found = std::find_if(result.measurement.arms.begin(), result.measurement.arms.end(),
                                  [&](const Arm& arm) { return arm.id == id; });
  return found == result.measurement.arms.end() ? nullptr : &*found;
}

const Arm& baseline_of(const MeasureResult& result) { return result.measurement.arms.front(); }

std::vector<const Arm*> arms_asked_for(const MeasureResult& result) {
  std::vector<const Arm*> arms;
  for (const Arm& arm : result.measurement.arms)
    if (arm.role != Arm::Role::copy) arms.push_back(&arm);
  return arms;
}

bool is_copy(const MeasureResult& result, const ArmComparison& row) {
  const Arm* arm = find_arm(result, row.arm);
  return arm != nullptr && arm->role == Arm::Role::copy;
}

int exit_status_of(const MeasureResult& result) {
  const bool any = std::any_of(
      result.comparison.arms.begin(), result.comparison.arms.end(), [&](const ArmComparison& arm) {
        return arm.verdict != Verdict::cannot_tell && !is_copy(result, arm);
      });
  return any ? 0 : 3;
}

}  // namespace pytune
