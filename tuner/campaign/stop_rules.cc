#include "campaign/stop_rules.h"

#include <fmt/format.h>

#include "analyze/looks.h"

namespace pytune {
namespace {

constexpr double kConfidenceOfAll = 0.95;   // of all looks together
constexpr std::size_t kAlwaysMeasured = 2;  // the baseline and its copy

}  // namespace

std::optional<Look> FixedRounds::look(int number, const RaceState& /*state*/) {
  if (number > 1) return std::nullopt;
  return Look{rounds_, kConfidenceOfAll};
}

std::vector<std::string> FixedRounds::leaving(const Comparison& /*seen*/) const { return {}; }

std::optional<double> FixedRounds::expected_minutes(const RaceState& before) const {
  return rounds_ * before.minutes_per_round;
}

std::optional<Look> UntilPrecise::look(int number, const RaceState& state) {
  if (number > 1 && state.live <= kAlwaysMeasured) return std::nullopt;
  const int before = number > 1 ? rounds_at_look(number - 1) : 0;
  const int rounds = rounds_at_look(number);
  const double then = state.minutes + (rounds - before) * state.minutes_per_round;
  out_of_time_ = number > 1 && then > minutes_;
  if (out_of_time_) return std::nullopt;
  return Look{rounds, confidence_at_look(kConfidenceOfAll, number)};
}

std::vector<std::string> UntilPrecise::leaving(const Comparison& seen) const {
  std::vector<std::string> arms;
  for (const ArmComparison& row : seen.arms)
    if (is_settled(row, precision_)) arms.push_back(row.arm);
  return arms;
}

std::optional<double> UntilPrecise::expected_minutes(const RaceState& /*before*/) const {
  return minutes_;
}

std::string UntilPrecise::shortfall() const {
  if (!out_of_time_) return "";
  return fmt::format(
      "not every interval is within {:.4g} % yet: raise --time (the same command goes on from "
      "here), or be content with a wider one (--precision)",
      precision_ * 100);
}

std::optional<Look> UntilOneCanWin::look(int number, const RaceState& /*state*/) {
  const auto looks = looks_of_race(most_rounds_);
  if (static_cast<std::size_t>(number) > looks.size()) return std::nullopt;
  return Look{looks[static_cast<std::size_t>(number) - 1],
              confidence_of_race(kConfidenceOfAll, most_rounds_)};
}

std::vector<std::string> UntilOneCanWin::leaving(const Comparison& seen) const {
  return beaten(seen, candidates_);
}

std::optional<double> UntilOneCanWin::expected_minutes(const RaceState& /*before*/) const {
  return std::nullopt;  // the plan of the whole sweep says it
}

}  // namespace pytune
