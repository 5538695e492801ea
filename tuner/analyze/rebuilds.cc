#include "analyze/rebuilds.h"

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "analyze/log_ratios.h"
#include "analyze/statistics.h"
#include "analyze/suite_estimate.h"

namespace pytune {
namespace {

struct Group {
  std::vector<double> logs;  // one per build
  double mean = 0;
  double variance = 0;  // between builds; 0 of fewer than two
  // Of the mean.
  double squared_error() const { return variance / static_cast<double>(logs.size()); }
  double degrees() const { return static_cast<double>(logs.size()) - 1; }
};

Group group_of(std::vector<double> logs) {
  Group group{std::move(logs)};
  group.mean = mean(group.logs);
  if (group.logs.size() < 2) return group;
  for (const double value : group.logs)
    group.variance += (value - group.mean) * (value - group.mean) / group.degrees();
  return group;
}

bool known(const SuiteEstimate& suite, std::size_t arm) {
  return suite.layout.arm_workloads[arm] > 0;
}

// Two groups without any spread, as only made-up times have it, differ by exactly their means.
double half_width(const Group& winner, const Group& baseline, double confidence) {
  if (winner.logs.size() < 2 || baseline.logs.size() < 2) return kUnknownLog;
  const double a = winner.squared_error();
  const double b = baseline.squared_error();
  if (a + b <= 0) return 0;
  const double degrees =
      (a + b) * (a + b) / (a * a / winner.degrees() + b * b / baseline.degrees());
  return student_t(confidence, degrees) * std::sqrt(a + b);
}

}  // namespace

RebuildComparison compare_rebuilds(const Measurement& measurement, const RebuiltArms& rebuilt,
                                   double copy_bound, const ComparisonSettings& settings) {
  const auto& [winner, baseline] = rebuilt;
  if (winner.size() < 2 || baseline.empty())
    throw std::invalid_argument(
        "compare_rebuilds: needs two rebuilds of the winner and one of the baseline");
  std::string reference;
  for (const Arm& arm : measurement.arms)
    if (arm.role == Arm::Role::baseline) reference = arm.id;
  std::vector<std::string> arms = winner;
  arms.insert(arms.end(), baseline.begin(), baseline.end());
  const auto clock = headline_clock(measurement, Phase::rebuilds);
  const SuiteEstimate suite =
      estimate_suite(log_ratios(measurement, Phase::rebuilds, clock, reference, arms), settings);

  RebuildComparison comparison;
  comparison.confidence = settings.confidence;
  std::vector<double> of_winner;
  // The first build of the baseline against itself. Its noise is in every other figure, which moves
  // them all alike and no spread.
  std::vector<double> of_baseline{0};
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    const bool wins = arm < winner.size();
    (wins ? comparison.winner : comparison.baseline).push_back(suite.alone(arm));
    if (known(suite, arm)) (wins ? of_winner : of_baseline).push_back(suite.theta[arm]);
  }
  const Group a = group_of(std::move(of_winner));
  const Group b = group_of(std::move(of_baseline));
  comparison.winner_spread = std::sqrt(a.variance);
  comparison.baseline_spread = std::sqrt(b.variance);
  comparison.speed = interval_of_log(a.mean - b.mean, half_width(a, b, settings.confidence));
  comparison.verdict = verdict_on(comparison.speed, copy_bound, settings.equivalent_within);
  return comparison;
}

}  // namespace pytune
