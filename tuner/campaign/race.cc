#include "campaign/race.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/error.h"

namespace pytune {
namespace {

constexpr double kConfidence = 0.95;  // over all looks
constexpr double kMinutesPerWorker =
    0.2 / 60;  // a first guess, for the ETA of the first rounds only

}  // namespace

Race::Race(PhaseRunner& runner, Listener& listener, const Measurement& prepared,
           std::optional<double> minutes_per_worker)
    : runner_(runner),
      listener_(listener),
      measurement_(prepared),
      live_(prepared.arms),
      planned_(minutes_per_worker) {}

RaceOutcome Race::run(StopRule& rule) {
  RaceOutcome outcome;
  if (const auto expected = rule.expected_minutes(state(outcome))) listener_.expect(*expected);
  for (int number = 1;; ++number) {
    const auto look = rule.look(number, state(outcome));
    if (!look) break;
    outcome.looks = number;
    measure(*look, outcome);
    let_leave(rule.leaving(outcome.comparison));
  }
  outcome.blocks = std::move(measurement_.blocks);
  return outcome;
}

void Race::measure(const Look& look, RaceOutcome& outcome) {
  const std::uint64_t seed = runner_.request().seed;
  const int lanes = runner_.workers().settings().lanes;
  auto blocks = runner_.run(measurement_, live_,
                            {.phase = Phase::race,
                             .first = rounds_,
                             .end = look.rounds,
                             .seed = seed,
                             .minutes_per_worker = minutes_per_worker(outcome)});
  measurement_.blocks.insert(measurement_.blocks.end(), std::make_move_iterator(blocks.begin()),
                             std::make_move_iterator(blocks.end()));
  rounds_ = look.rounds;
  outcome.minutes = measured_minutes(measurement_.blocks, lanes);
  ComparisonSettings settings;
  settings.lanes = lanes;
  settings.seed = seed;
  settings.confidence = look.confidence;
  // Enough draws that the quantile asked for has about 20 of them beyond it.
  settings.bootstrap_draws =
      std::max(settings.bootstrap_draws, static_cast<int>(20 / (1 - look.confidence)));
  outcome.comparison = compare(measurement_, Phase::race, settings);
  outcome.comparison.confidence = kConfidence;
}

void Race::let_leave(const std::vector<std::string>& arms) {
  const auto left = std::erase_if(live_, [&](const Arm& one) {
    return one.role == Arm::Role::candidate &&
           std::find(arms.begin(), arms.end(), one.id) != arms.end();
  });
  const auto candidates =
      std::count_if(measurement_.arms.begin(), measurement_.arms.end(),
                    [](const Arm& one) { return one.role == Arm::Role::candidate; });
  if (left > 0)
    listener_.line(
        fmt::format("after {} rounds {} of {} candidates need no more", rounds_, left, candidates));
}

double Race::minutes_per_worker(const RaceOutcome& outcome) const {
  if (planned_) return *planned_;
  std::size_t workers = 0;
  for (const Block& block : measurement_.blocks) workers += block.samples.size();
  return workers == 0 ? kMinutesPerWorker : outcome.minutes / static_cast<double>(workers);
}

RaceState Race::state(const RaceOutcome& outcome) const {
  const auto workers = static_cast<double>(live_.size() * measurement_.workloads.size());
  return {live_.size(), outcome.minutes, workers * minutes_per_worker(outcome)};
}

}  // namespace pytune
