// Looking things up in a result: which build, called what, how fast by which comparison.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "result/sweep_result.h"

namespace pytune {

const Build* find_build(const SweepResult& result, std::string_view id);
const Arm* find_arm(const SweepResult& result, std::string_view id);
// By the workload's name: there may be a hundred thousand of them. Refers to `arm`.
std::unordered_map<std::string_view, const WorkloadComparison*> by_workload(
    const ArmComparison& arm);
const ArmComparison* find_comparison(const Comparison& comparison, std::string_view arm);

// What to call an arm: its label, else its build's name, else its id. One line.
std::string arm_label(const SweepResult& result, std::string_view id);
// A build's short name for tables and lists; its arm's label when it has none. One line.
std::string build_name(const SweepResult& result, const Build& build);

struct Figure {
  Interval speed;
  double confidence = 0.95;
  bool confirmed = false;  // on rounds that had no part in the choice
  int rebuilds = 0;        // of this build and of the baseline that it is over
};

// A build's speed against the baseline: the recommendation's own for the recommended build, then
// the confirmation's, then the race's. Nothing for the baseline, and for a build that was not
// measured.
std::optional<Figure> figure_of(const SweepResult& result, const Build& build);

// Median peak memory of an arm's good processes, in KiB; 0 when there is none. For the baseline,
// which no comparison lists.
long median_rss_kib(const Measurement& measurement, std::string_view arm);

}  // namespace pytune
