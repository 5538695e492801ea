#include "result/lookup.h"

#include <algorithm>

#include "input/text.h"

namespace pytune {
namespace {

template <class Items, class Key>
auto find_by(const Items& items, Key Items::value_type::* key, std::string_view wanted) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.*key == wanted; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const Build* find_build(const SweepResult& result, std::string_view id) {
  return find_by(result.builds, &Build::id, id);
}

const Arm* find_arm(const SweepResult& result, std::string_view id) {
  return find_by(result.measurement.arms, &Arm::id, id);
}

std::unordered_map<std::string_view, const WorkloadComparison*> by_workload(
    const ArmComparison& arm) {
  std::unordered_map<std::string_view, const WorkloadComparison*> found;
  found.reserve(arm.workloads.size());
  for (const WorkloadComparison& one : arm.workloads) found.emplace(one.workload, &one);
  return found;
}

const ArmComparison* find_comparison(const Comparison& comparison, std::string_view arm) {
  return find_by(comparison.arms, &ArmComparison::arm, arm);
}

std::string arm_label(const SweepResult& result, std::string_view id) {
  const Arm* arm = find_arm(result, id);
  if (arm != nullptr && !arm->label.empty()) return printable(arm->label);
  const Build* build = find_build(result, id);
  return printable(build != nullptr && !build->name.empty() ? build->name : id);
}

std::string build_name(const SweepResult& result, const Build& build) {
  return build.name.empty() ? arm_label(result, build.id) : printable(build.name);
}

std::optional<Figure> figure_of(const SweepResult& result, const Build& build) {
  const Recommendation& recommended = result.recommendation;
  if (recommended.significant && recommended.arm == build.id) {
    const Comparison& basis =
        recommended.confirmed && result.confirm ? *result.confirm : result.race;
    return Figure{recommended.speed, basis.confidence, recommended.confirmed, recommended.rebuilds};
  }
  if (result.confirm) {
    if (const auto* arm = find_comparison(*result.confirm, build.id))
      return Figure{arm->speed, result.confirm->confidence, true};
  }
  if (const auto* arm = find_comparison(result.race, build.id))
    return Figure{arm->speed, result.race.confidence, false};
  return std::nullopt;
}

long median_rss_kib(const Measurement& measurement, std::string_view arm) {
  std::vector<long> values;
  for (const Block& block : measurement.blocks)
    for (const Sample& sample : block.samples)
      if (sample.arm == arm && sample.error.empty()) values.push_back(sample.max_rss_kib);
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace pytune
