#include "campaign/contest.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/hardening.h"
#include "campaign/arms.h"
#include "campaign/networks.h"
#include "campaign/qualify.h"
#include "conformance/test_names.h"
#include "interpreter/surroundings.h"
#include "interpreter/wheel.h"
#include "machine/limits.h"
#include "sys/cpus.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

MeasureRequest measuring(const SweepRequest& request, const Entrants& entrants) {
  MeasureRequest measure = request.measuring();
  WorkerSettings& workers = measure.settings.workers;
  // Counts do not suffer from neighbours.
  if (entrants.target != nullptr)
    workers.lanes =
        static_cast<int>(workers.cpus.empty() ? allowed_cpus().size() : workers.cpus.size());
  return measure;
}

Preparations preparations(const Site& site, const SweepRequest& request, const Build& baseline,
                          const Entrants& entrants, const Source& source) {
  const fs::path python = native_python(baseline);
  Preparations all;
  all.pyperf = provide_wheel(site.store, site.runner, pyperf_pin(),
                             {source.tree, python.string(), request.pyperf_wheel});
  all.source_tree = source.tree;
  if (entrants.target != nullptr)
    all.cross = CrossPreparation{python.string(), entrants.target->cross.triple + "-gcc"};
  return all;
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

// Whether rebuilding can still change the answer.
bool stands(const Comparison& confirmed, const std::string& winner) {
  return std::any_of(confirmed.arms.begin(), confirmed.arms.end(), [&](const ArmComparison& row) {
    return row.arm == winner && row.verdict == Verdict::faster;
  });
}

// Arms that `configuration` was rebuilt as.
std::vector<std::string> rebuilt_arms(const Rebuilds& again, const Configuration& configuration) {
  std::vector<std::string> arms;
  for (const Build& build : again.builds)
    if (build.ok() && build.configuration == configuration) arms.push_back(build.id);
  return arms;
}

void append(std::vector<std::string>& notes, std::vector<std::string> more) {
  notes.insert(notes.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace

Contest::Contest(const Site& site, const SweepRequest& request, const std::vector<Build>& builds,
                 const Entrants& entrants, Rebuilding rebuilding)
    : site_(site),
      request_(request),
      builds_(builds),
      entrants_(entrants),
      rebuilding_(rebuilding),
      runner_(site, measuring(request, entrants), entrants.host,
              preparations(site, request, builds.front(), entrants, rebuilding.context.source)) {
  comparison_.seed = request.seed;
}

std::vector<Arm> Contest::arms(SweepResult& result) const {
  std::vector<Arm> all = arms_of_builds(builds_, entrants_.target, result.warnings);
  all.insert(all.begin() + 1, copy_of_build(site_.store, builds_.front(), entrants_.target));
  auto reference = request_.spec.measure.system_python ? this->reference() : std::nullopt;
  if (reference) {
    result.system_python = reference->label;
    all.push_back(std::move(*reference));
  }
  even_out_environments(all);
  return all;
}

std::optional<Arm> Contest::reference() const {
  return entrants_.target != nullptr ? entrants_.reference
                                     : system_arm(site_.runner, request_.system_python);
}

std::vector<Candidate> Contest::candidates(const Measurement& measurement) const {
  std::vector<Candidate> list;
  for (const auto& arm : measurement.arms) {
    const auto build = std::find_if(builds_.begin(), builds_.end(),
                                    [&](const Build& b) { return b.id == arm.id; });
    if (build != builds_.end()) list.push_back({arm.id, build->configuration});
  }
  return list;
}

// As the plan has it: the race, the confirmation of a winner against baseline, copy and reference,
// and the rebuilds of the two.
double Contest::minutes_per_worker(const Measurement& measurement) const {
  const MeasureSettings& settings = request_.spec.measure;
  const double workers = static_cast<double>(measurement.workloads.size()) *
                         (static_cast<double>(measurement.arms.size()) * settings.rounds +
                          (5.0 + 2.0 * settings.rebuilds) * settings.confirm_rounds);
  const double minutes = rebuilding_.plan.measure_minutes - rebuilding_.plan.numeric_minutes;
  return minutes / std::max(1.0, workers);
}

const Build& Contest::build_of(const std::string& id) const {
  return *std::find_if(builds_.begin(), builds_.end(),
                       [&](const Build& build) { return build.id == id; });
}

std::optional<Contest::Confirmation> Contest::confirm(const Measurement& measurement,
                                                      const std::string& winner) {
  const int rounds = request_.spec.measure.confirm_rounds;
  if (rounds == 0) return std::nullopt;
  std::vector<Arm> arms;
  std::copy_if(
      measurement.arms.begin(), measurement.arms.end(), std::back_inserter(arms),
      [&](const Arm& arm) { return arm.role != Arm::Role::candidate || arm.id == winner; });
  Confirmation confirmation;
  confirmation.blocks = runner_.run(measurement, arms,
                                    {.phase = Phase::confirm,
                                     .end = rounds,
                                     .seed = request_.seed + 1,
                                     .minutes_per_worker = per_worker_});
  Measurement fresh = measurement;
  fresh.blocks = confirmation.blocks;
  ComparisonSettings settings = comparison_;
  for (const Arm& arm : arms) settings.arms.push_back(arm.id);
  confirmation.comparison = compare(fresh, Phase::confirm, settings);
  return confirmation;
}

std::vector<Build> Contest::build_anew(const Build& winner) {
  const Plan& plan = rebuilding_.plan;
  std::vector<Recipe> finalists{plan.recipes.front()};
  std::copy_if(plan.recipes.begin(), plan.recipes.end(), std::back_inserter(finalists),
               [&](const Recipe& recipe) { return recipe.build.id.key == winner.id; });
  const Plan again = plan_rebuilds(finalists, request_.spec.measure.rebuilds,
                                   {rebuilding_.context.source, rebuilding_.context.training},
                                   site_.store, rebuilding_.context.jobs.tokens());
  auto anew =
      run_builds(rebuilding_.context,
                 {again.recipes, rebuilding_.parallel, expected_minutes(again)}, site_.listener);
  require_hardening(site_.store, builds_.front(), again.recipes, anew);
  return anew;
}

std::optional<Rebuilds> Contest::rebuild(const Measurement& measurement, const Build& winner,
                                         const Comparison& confirmed,
                                         std::vector<std::string>& notes) {
  if (request_.spec.measure.rebuilds == 0 || !stands(confirmed, winner.id)) return std::nullopt;
  Rebuilds again;
  again.builds = build_anew(winner);
  std::vector<Arm> arms = {measurement.arms.front()};
  for (const Build& build : again.builds) {
    if (build.ok())
      arms.push_back(arm_of_build(build, entrants_.target, Arm::Role::candidate));
    else  // it is as good as none; its reason is worth a line
      notes.push_back(fmt::format("{} failed: {}: {}; {}", build.name, build.failure->failure_class,
                                  build.failure->message, build.failure->remedy));
  }
  even_out_environments(arms);
  again.measurement = runner_.prepare(std::move(arms), entrants_.suite.workloads);
  again.measurement.blocks = runner_.run(again.measurement, again.measurement.arms,
                                         {.phase = Phase::rebuilds,
                                          .end = request_.spec.measure.confirm_rounds,
                                          .seed = request_.seed + 2,
                                          .minutes_per_worker = per_worker_});
  const auto of_winner = rebuilt_arms(again, winner.configuration);
  const auto of_baseline = rebuilt_arms(again, builds_.front().configuration);
  if (of_winner.size() >= 2 && !of_baseline.empty())
    again.comparison = compare_rebuilds(again.measurement, {of_winner, of_baseline},
                                        confirmed.copy_bound, comparison_);
  else
    notes.emplace_back(
        "too few rebuilds worked to tell flags from code layout; see why above, then run the "
        "sweep again");
  append(notes, failure_notes(again.measurement.blocks));
  return again;
}

// The fastest whose tests fail as the baseline's do; those that are faster and fail others are no
// candidates any more.
std::optional<std::string> Contest::qualified_winner(std::vector<Candidate>& candidates,
                                                     SweepResult& result) {
  const Qualifying qualifying{site_, builds_.front(), entrants_.target, entrants_.qualifying,
                              rebuilding_.parallel};
  while (auto winner = pick_winner(result.race, candidates)) {
    if (entrants_.qualifying.empty()) {
      result.warnings.emplace_back(
          "CPython's own tests were not run on the recommended build (--no-tests)");
      return winner;
    }
    const Build& build = build_of(*winner);
    result.tests.push_back(qualify(qualifying, build));
    const TestedBuild& tested = result.tests.back();
    if (tested.passed()) return winner;
    result.warnings.push_back(
        fmt::format("\"{}\" is not recommended: {}; log: {}", build.name,
                    tested.problem.empty()
                        ? "fails tests that the baseline passes: " + some_names(tested.only_here, 3)
                        : "CPython's own tests did not run on it: " + tested.problem,
                    tested.log.empty() ? "none" : tested.log));
    std::erase_if(candidates, [&](const Candidate& one) { return one.arm == *winner; });
  }
  return std::nullopt;
}

void Contest::run(SweepResult& result) {
  const std::vector<Arm> unprepared = arms(result);
  Measurement measurement = runner_.prepare(unprepared, entrants_.suite.workloads);
  append(measurement.notes, entrants_.suite.notes);
  for (std::string note :
       {build_note(current_environment()), withheld_note(current_environment()), quota_note("/")})
    if (!note.empty()) measurement.notes.push_back(std::move(note));
  per_worker_ = minutes_per_worker(measurement);
  const auto all = candidates(measurement);

  UntilOneCanWin rule(request_.spec.measure.rounds, all);
  RaceOutcome race = Race(runner_, site_.listener, measurement, per_worker_).run(rule);
  measurement.blocks = std::move(race.blocks);
  result.race = std::move(race.comparison);

  auto eligible = all;
  const auto winner = qualified_winner(eligible, result);
  if (winner) {
    if (auto confirmation = confirm(measurement, *winner)) {
      result.confirm = std::move(confirmation->comparison);
      measurement.blocks.insert(measurement.blocks.end(),
                                std::make_move_iterator(confirmation->blocks.begin()),
                                std::make_move_iterator(confirmation->blocks.end()));
    }
    if (result.confirm)
      result.rebuilds = rebuild(measurement, build_of(*winner), *result.confirm, measurement.notes);
  }
  if (!entrants_.numeric.workloads.empty())
    result.numeric = measure_networks(
        runner_, unprepared, entrants_.numeric,
        {request_.spec.measure.numeric_rounds, rebuilding_.plan.numeric_minutes, comparison_},
        measurement.notes);
  const auto shares =
      contributions(measurement, Phase::race,
                    {all, all.front(), explained(result.race, all, winner)}, comparison_);
  result.recommendation = recommend(
      {result.race, result.confirm, result.rebuilds ? result.rebuilds->comparison : std::nullopt},
      eligible, shares, result.system_python.empty() ? "" : kSystemArm);
  append(measurement.notes, failure_notes(measurement.blocks));
  const int lanes = runner_.workers().settings().lanes;
  result.measure_minutes = measured_minutes(measurement.blocks, lanes);
  if (result.numeric)
    result.measure_minutes += measured_minutes(result.numeric->measurement.blocks, lanes);
  if (result.rebuilds) {
    result.measure_minutes += measured_minutes(result.rebuilds->measurement.blocks, lanes);
    for (const Build& build : result.rebuilds->builds)
      result.build_minutes += build.build_seconds / 60;
  }
  result.measurement = std::move(measurement);
}

}  // namespace pytune
