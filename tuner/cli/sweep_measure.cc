#include "cli/sweep_measure.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyze/looks.h"
#include "cli/arms.h"
#include "cli/measuring.h"
#include "cli/numeric.h"
#include "measure/pyperf_wheel.h"
#include "measure/session.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr double kConfidence = 0.95;

// What stands for the bytes of each arm: a build's path holds the hash of all that made it.
std::vector<std::string> identities(const Measurement& measurement) {
  std::vector<std::string> list;
  list.reserve(measurement.arms.size());
  for (const auto& arm : measurement.arms)
    list.push_back(arm.role == Arm::Role::reference ? arm.label : "");
  return list;
}

std::vector<Candidate> candidates(const SweepResult& result) {
  std::vector<Candidate> list;
  for (const auto& arm : result.measurement.arms) {
    const auto build = std::find_if(result.builds.begin(), result.builds.end(),
                                    [&](const Build& b) { return b.id == arm.id; });
    if (build != result.builds.end()) list.push_back({arm.id, build->configuration});
  }
  return list;
}

// Programs of the target's find its system where it is unpacked.
void set_roots(std::vector<Arm>& arms, const MeasureRequest& request) {
  if (request.target == nullptr) return;
  for (Arm& arm : arms)
    if (arm.root.empty()) arm.root = request.target->target.cross.sysroot.string();
}

std::optional<Arm> reference_arm(SweepResult& result, ProcessRunner& runner,
                                 const MeasureRequest& request) {
  if (request.target != nullptr) return request.distributors;
  return system_arm(runner, request.system_python, result.system_python);
}

// What the flags of the winner brought; without a winner, those of the build that came out first.
const Candidate& explained(const Comparison& race, const std::vector<Candidate>& all,
                           const std::optional<std::string>& winner) {
  std::string arm = winner.value_or("");
  double best = 0;
  if (!winner) {
    for (const auto& row : race.arms) {
      const bool build =
          std::any_of(all.begin(), all.end(), [&](const Candidate& c) { return c.arm == row.arm; });
      if (build && row.speed.estimate > best) {
        best = row.speed.estimate;
        arm = row.arm;
      }
    }
  }
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.arm == arm; });
  return found == all.end() ? all.front() : *found;
}

// A rebuild that failed is as good as none; its reason is worth a line.
void add_rebuilt_arms(Rebuilds& again, const Arm& baseline, std::vector<std::string>& notes) {
  again.measurement.arms = {baseline};
  for (const Build& build : again.builds) {
    if (build.ok())
      again.measurement.arms.push_back(
          {build.id, build.name, build.python.string(), Arm::Role::candidate});
    else
      notes.push_back(fmt::format("{} failed: {}: {}; {}", build.name, build.failure->failure_class,
                                  build.failure->message, build.failure->remedy));
  }
}

// Arms that `configuration` was rebuilt as.
std::vector<std::string> rebuilt_arms(const Rebuilds& again, const Configuration& configuration) {
  std::vector<std::string> arms;
  for (const Build& build : again.builds)
    if (build.ok() && build.configuration == configuration) arms.push_back(build.id);
  return arms;
}

std::optional<RebuildComparison> compare_rebuilt(const Rebuilds& again, const Build& baseline,
                                                 const Build& winner, double copy_bound,
                                                 const ComparisonSettings& settings) {
  const auto of_winner = rebuilt_arms(again, winner.configuration);
  const auto of_baseline = rebuilt_arms(again, baseline.configuration);
  if (of_winner.size() < 2 || of_baseline.empty()) return std::nullopt;
  return compare_rebuilds(again.measurement, "rebuilds", of_winner, of_baseline, copy_bound,
                          settings);
}

// Whether rebuilding can still change the answer.
bool stands(const std::optional<Comparison>& confirm, const std::string& winner) {
  if (!confirm) return false;
  return std::any_of(confirm->arms.begin(), confirm->arms.end(), [&](const ArmComparison& row) {
    return row.arm == winner && row.verdict == Verdict::faster;
  });
}

}  // namespace

void measure_and_recommend(SweepResult& result, Store& store, ProcessRunner& runner,
                           const Source& source, const SweepSpec& spec,
                           const MeasureRequest& request, Progress& progress) {
  const Build& baseline = result.builds.front();
  MeasuringRequest measuring_request;
  measuring_request.home = request.home;
  // pip is run by an interpreter of this machine.
  const fs::path pip_python = baseline.target
                                  ? baseline.target->native / "bin" / baseline.python.filename()
                                  : baseline.python;
  measuring_request.pyperf = provide_wheel(store, runner, pyperf_pin(), source.tree,
                                           pip_python.string(), request.pyperf_wheel);
  measuring_request.source_tree = source.tree;
  measuring_request.host = result.host;
  measuring_request.seed = request.seed;
  measuring_request.cpus = request.cpus;
  measuring_request.wait = request.wait;
  if (request.target != nullptr) {
    measuring_request.emulated = request.target->workers;
    measuring_request.cross =
        CrossPreparation{pip_python.string(), request.target->target.cross.triple + "-gcc"};
    // Counts do not suffer from neighbours.
    measuring_request.lanes =
        static_cast<int>(request.cpus.empty() ? allowed_cpus().size() : request.cpus.size());
  }
  Measuring measuring(store, runner, spec.measure, measuring_request, progress);
  Measurement& measurement = result.measurement;
  measurement.arms = build_arms(result.builds, result.warnings);
  measurement.arms.insert(measurement.arms.begin() + 1, copy_arm(store, baseline));
  if (spec.measure.system_python) {
    if (auto arm = reference_arm(result, runner, request)) measurement.arms.push_back(*arm);
  }
  set_roots(measurement.arms, request);
  const std::vector<Arm> unprepared = measurement.arms;
  double minutes_done = request.minutes_before;
  measuring.prepare(measurement, identities(measurement), request.suite.workloads, minutes_done);
  measurement.notes.insert(measurement.notes.end(), request.suite.notes.begin(),
                           request.suite.notes.end());
  const auto run_phase = [&](const char* phase, int first_round, int rounds,
                             const std::vector<Arm>& arms, std::uint64_t seed, double per_process) {
    const auto blocks =
        measuring.run_phase(measurement, identities(measurement), phase, first_round, rounds, arms,
                            seed, minutes_done, per_process);
    measurement.blocks.insert(measurement.blocks.end(), blocks.begin(), blocks.end());
  };
  const double processes = static_cast<double>(measurement.workloads.size()) *
                           (static_cast<double>(measurement.arms.size()) * spec.measure.rounds +
                            (5.0 + 2.0 * spec.measure.rebuilds) * spec.measure.confirm_rounds);
  const double per_process = request.minutes / std::max(1.0, processes);
  const auto all = candidates(result);
  ComparisonSettings comparison;
  comparison.seed = request.seed;
  const int most_rounds = spec.measure.rounds;
  std::vector<Arm> live = measurement.arms;
  int rounds = 0;
  for (const int look : looks_of_race(most_rounds)) {
    run_phase("race", rounds, look, live, request.seed, per_process);
    rounds = look;
    comparison.confidence = confidence_of_race(kConfidence, most_rounds);
    result.race = compare(measurement, "race", comparison);
    result.race.confidence = kConfidence;  // over all looks
    const std::size_t before = live.size();
    for (const auto& arm : beaten(result.race, all))
      std::erase_if(
          live, [&](const Arm& one) { return one.id == arm && one.role == Arm::Role::candidate; });
    if (rounds == most_rounds) break;
    if (live.size() < before)
      progress.line(
          fmt::format("{} of {} builds cannot win any more and leave the race after {} rounds",
                      before - live.size(), all.size(), rounds));
  }
  comparison.confidence = kConfidence;
  const auto winner = pick_winner(result.race, all);
  if (winner && spec.measure.confirm_rounds > 0) {
    std::vector<Arm> arms;
    std::copy_if(
        measurement.arms.begin(), measurement.arms.end(), std::back_inserter(arms),
        [&](const Arm& arm) { return arm.role != Arm::Role::candidate || arm.id == *winner; });
    run_phase("confirm", 0, spec.measure.confirm_rounds, arms, request.seed + 1, per_process);
    Measurement confirmation = measurement;
    confirmation.arms = arms;
    result.confirm = compare(confirmation, "confirm", comparison);
  }
  if (winner && request.rebuild && stands(result.confirm, *winner)) {
    const Build& chosen = *std::find_if(result.builds.begin(), result.builds.end(),
                                        [&](const Build& build) { return build.id == *winner; });
    Rebuilds& again = result.rebuilds.emplace();
    again.builds = request.rebuild(chosen, minutes_done);
    add_rebuilt_arms(again, measurement.arms.front(), measurement.notes);
    set_roots(again.measurement.arms, request);
    measuring.prepare(again.measurement, identities(again.measurement), request.suite.workloads,
                      minutes_done);
    again.measurement.blocks =
        measuring.run_phase(again.measurement, identities(again.measurement), "rebuilds", 0,
                            spec.measure.confirm_rounds, again.measurement.arms, request.seed + 2,
                            minutes_done, per_process);
    again.comparison =
        compare_rebuilt(again, baseline, chosen, result.confirm->copy_bound, comparison);
    if (!again.comparison)
      measurement.notes.emplace_back(
          "too few rebuilds worked to tell flags from code layout; see why above, then run the "
          "sweep again");
    for (auto& note : failure_notes(again.measurement.blocks))
      measurement.notes.push_back(std::move(note));
  }
  if (!request.numeric.workloads.empty())
    result.numeric =
        measure_networks(measuring, unprepared, identities(measurement), request.numeric,
                         {spec.measure.numeric_rounds, request.numeric_minutes, comparison},
                         minutes_done, measurement.notes);
  const Candidate* first = &all.front();
  const auto shares = contributions(measurement, "race", *first,
                                    explained(result.race, all, winner), all, comparison);
  result.recommendation = recommend(result.race, result.confirm,
                                    result.rebuilds ? result.rebuilds->comparison : std::nullopt,
                                    all, shares, result.system_python.empty() ? "" : "system");
  if (request.target != nullptr) result.recommendation.evidence = "counted";
  for (auto& note : failure_notes(measurement.blocks)) measurement.notes.push_back(std::move(note));
  result.measure_minutes = measured_minutes(measurement, measuring_request.lanes);
  if (result.numeric)
    result.measure_minutes +=
        measured_minutes(result.numeric->measurement, measuring_request.lanes);
  if (result.rebuilds) {
    result.measure_minutes +=
        measured_minutes(result.rebuilds->measurement, measuring_request.lanes);
    for (const Build& build : result.rebuilds->builds)
      result.build_minutes += build.build_seconds / 60;
  }
}

}  // namespace pytune
