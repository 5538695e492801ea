#include "analyze/recommendation.h"

#include <fmt/format.h>

#include <algorithm>

namespace pytune {
namespace {

constexpr double kRegression = 0.01;  // slower by less is not worth a sentence

const ArmComparison* find_arm(const Comparison& comparison, const std::string& arm) {
  const auto found = std::find_if(comparison.arms.begin(), comparison.arms.end(),
                                  [&](const ArmComparison& row) { return row.arm == arm; });
  return found == comparison.arms.end() || found->workloads.empty() ? nullptr : &*found;
}

// Both intervals hold at once, so their quotient holds too; it is wider than a direct comparison
// would be.
Interval quotient(const Interval& numerator, const Interval& denominator) {
  return {numerator.estimate / denominator.estimate, numerator.low / denominator.high,
          numerator.high / denominator.low};
}

std::optional<Interval> against_system(const Comparison& comparison, const std::string& chosen,
                                       const std::string& system_arm) {
  const ArmComparison* system = find_arm(comparison, system_arm);
  const ArmComparison* arm = find_arm(comparison, chosen);
  if (system == nullptr || (arm == nullptr && chosen != comparison.baseline)) {
    return std::nullopt;
  }
  return quotient(arm == nullptr ? Interval{} : arm->speed, system->speed);
}

std::vector<std::string> regressions_of(const ArmComparison& arm, const Comparison& comparison) {
  std::vector<std::string> sentences;
  for (const WorkloadComparison& workload : arm.workloads) {
    if (workload.speed.high < 1 - kRegression) {
      if (comparison.clock == Clock::instructions) {
        sentences.push_back(fmt::format(
            "{} executes {:.3f} times the baseline's instructions ({:.0f} % interval {:.3f} to "
            "{:.3f})",
            workload.workload, 1 / workload.speed.estimate, 100 * comparison.confidence,
            1 / workload.speed.high, 1 / workload.speed.low));
        continue;
      }
      sentences.push_back(fmt::format(
          "{} runs at {:.3f} of the baseline's speed ({:.0f} % interval {:.3f} to {:.3f})",
          workload.workload, workload.speed.estimate, 100 * comparison.confidence,
          workload.speed.low, workload.speed.high));
    }
  }
  return sentences;
}

}  // namespace

std::vector<std::string> beaten(const Comparison& race, const std::vector<Candidate>& candidates) {
  const auto is_candidate = [&](const ArmComparison& row) {
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const Candidate& candidate) { return candidate.arm == row.arm; });
  };
  double best = 1;  // the baseline's own: a candidate slower than it is never taken
  for (const ArmComparison& row : race.arms)
    if (is_candidate(row)) best = std::max(best, row.speed.low);
  std::vector<std::string> arms;
  for (const ArmComparison& row : race.arms)
    if (is_candidate(row) && row.speed.high < best) arms.push_back(row.arm);
  return arms;
}

std::optional<std::string> pick_winner(const Comparison& race,
                                       const std::vector<Candidate>& candidates) {
  const ArmComparison* winner = nullptr;
  for (const ArmComparison& row : race.arms) {
    const bool is_candidate =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const Candidate& candidate) { return candidate.arm == row.arm; });
    const bool faster = is_candidate && row.verdict == Verdict::faster;
    if (faster && (winner == nullptr || row.speed.estimate > winner->speed.estimate)) {
      winner = &row;
    }
  }
  return winner == nullptr ? std::nullopt : std::optional(winner->arm);
}

Recommendation recommend(const Findings& findings, const std::vector<Candidate>& candidates,
                         std::vector<Contribution> contributions, const std::string& system_arm) {
  const auto& [race, confirm, rebuilt] = findings;
  Recommendation recommendation;
  recommendation.arm = race.baseline;
  const std::optional<std::string> winner = pick_winner(race, candidates);
  const ArmComparison* row = winner ? find_arm(race, *winner) : nullptr;
  const ArmComparison* again = winner && confirm ? find_arm(*confirm, *winner) : nullptr;
  recommendation.confirmed = again != nullptr;
  const Comparison& basis = again != nullptr ? *confirm : race;
  row = again != nullptr ? again : row;
  const bool by_its_flags = !rebuilt || rebuilt->verdict == Verdict::faster;
  if (row != nullptr && row->verdict == Verdict::faster && by_its_flags) {
    recommendation.significant = true;
    recommendation.arm = row->arm;
    recommendation.speed = rebuilt ? rebuilt->speed : row->speed;
    recommendation.rebuilds = rebuilt ? static_cast<int>(rebuilt->winner.size()) : 0;
    recommendation.contributions = std::move(contributions);
    recommendation.regressions = regressions_of(*row, basis);
  }
  recommendation.against_system = against_system(basis, recommendation.arm, system_arm);
  if (!recommendation.against_system) {
    recommendation.against_system = against_system(race, recommendation.arm, system_arm);
  }
  return recommendation;
}

}  // namespace pytune
