#include "cli/sweep_measure.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/arms.h"
#include "measure/pyperf_wheel.h"
#include "measure/session.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

nlohmann::json settings_json(const WorkerSettings& s, const fs::path& hook) {
  return {{"warmups", s.warmups},           {"values", s.values},
          {"min_time", s.min_time_seconds}, {"cpus", s.cpus},
          {"pyperf", kPyperfSha256},        {"hook", sha256_file(hook / "pytune_hook.py")}};
}

// Loops are found once, on the baseline, and kept: a later run of the same sweep times the same
// work.
void calibrate(SweepResult& result, Store& store, WorkerManager& manager,
               std::vector<Workload> suite, const nlohmann::json& settings, Progress& progress,
               double minutes_done) {
  const Build& baseline = result.builds.front();
  for (auto& workload : suite) {
    progress.update(fmt::format("calibrating {}", workload.name), minutes_done);
    const nlohmann::json inputs = {{"build", baseline.id},
                                   {"script", sha256_file(workload.script)},
                                   {"settings", settings},
                                   {"host", result.host.fingerprint()}};
    try {
      const Step step =
          store.produce({"calibration", step_key(inputs)}, inputs, [&](const fs::path&) {
            return StepResult{true,
                              {{"workload", workload.name},
                               {"loops", manager.calibrate(baseline.python, workload)}}};
          });
      workload.loops = step.details.at("loops").get<long>();
      result.measurement.workloads.push_back(workload);
    } catch (const Failure& failure) {
      result.measurement.notes.push_back(
          fmt::format("workload {} left out: {}", workload.name, failure.what()));
      progress.warn(result.measurement.notes.back());
    }
  }
  if (result.measurement.workloads.empty())
    throw Failure("no workload runs on the baseline build: see the warnings above");
}

fs::path block_directory(const SweepResult& result, Store& store, const nlohmann::json& settings,
                         std::uint64_t seed) {
  nlohmann::json inputs = {{"settings", settings},
                           {"seed", seed},
                           {"host", result.host.fingerprint()},
                           {"arms", nlohmann::json::array()},
                           {"workloads", nlohmann::json::array()}};
  for (const auto& arm : result.measurement.arms)
    inputs["arms"].push_back(
        {arm.id, arm.python, arm.role == Arm::Role::reference ? arm.label : ""});
  for (const auto& workload : result.measurement.workloads)
    inputs["workloads"].push_back({workload.name, sha256_file(workload.script), workload.loops});
  const fs::path directory = store.directory({"blocks", step_key(inputs)});
  fs::create_directories(directory);
  return directory;
}

// Workers write no bytecode; without any, each would compile pyperf again before it starts to
// measure.
void compile_pyperf(ProcessRunner& runner, const fs::path& pyperf, const std::vector<Arm>& arms) {
  for (const auto& arm : arms) {
    if (arm.role != Arm::Role::baseline && arm.role != Arm::Role::reference)
      continue;  // the builds share one version
    Command command;
    command.argv = {arm.python,       "-m",           "compileall", "-q", "--invalidation-mode",
                    "unchecked-hash", pyperf.string()};
    command.timeout = std::chrono::seconds(60);
    runner.run(command);  // a failure only costs time
  }
}

struct PhasePlan {
  const char* name;
  int rounds;
  std::vector<Arm> arms;
};

void run_phase(SweepResult& result, WorkerManager& manager, const PhasePlan& phase,
               const fs::path& directory, std::uint64_t seed, Progress& progress,
               double& minutes_done, double minutes_per_process) {
  SessionPlan plan{phase.name, phase.rounds, seed, phase.arms, result.measurement.workloads};
  SessionEvents events;
  const double per_block = minutes_per_process * static_cast<double>(phase.arms.size());
  const double before = minutes_done;
  progress.update(fmt::format("measuring ({}): first block", phase.name), minutes_done);
  events.block_done = [&](const Block& block, std::size_t done, std::size_t total) {
    minutes_done = before + per_block * static_cast<double>(done);
    progress.update(fmt::format("measuring ({}): block {} of {}, round {}, {}", phase.name, done,
                                total, block.round + 1, block.workload),
                    minutes_done);
  };
  events.note = [&](const std::string& line) { progress.warn(line); };
  const auto blocks = run_blocks(manager, plan, directory, events);
  result.measurement.blocks.insert(result.measurement.blocks.end(), blocks.begin(), blocks.end());
  progress.line(fmt::format("measured ({}): {} blocks of {} interpreters", phase.name,
                            blocks.size(), phase.arms.size()));
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

double measured_minutes(const Measurement& measurement) {
  double seconds = 0;
  for (const auto& block : measurement.blocks) {
    for (const auto& sample : block.samples) seconds += sample.process_wall_seconds;
  }
  return seconds / 60;
}

}  // namespace

fs::path find_suite(const fs::path& home, const std::string& suite) {
  if (suite.find('/') != std::string::npos || suite.ends_with(".json")) return suite;
  const fs::path folder = home / "profiles" / "workloads";
  if (fs::exists(folder / (suite + ".json"))) return folder / (suite + ".json");
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") known.push_back(entry.path().stem());
  }
  throw UsageError(fmt::format("unknown suite \"{}\"{}", suite, suggestion(suite, known)));
}

void measure_and_recommend(SweepResult& result, Store& store, ProcessRunner& runner,
                           const Source& source, const SweepSpec& spec,
                           const MeasureRequest& request, Progress& progress) {
  const Build& baseline = result.builds.front();
  const fs::path hook = request.home / "profiles" / "pyperf_hook";
  WorkerSettings settings;
  settings.warmups = spec.measure.warmups;
  settings.values = spec.measure.values;
  settings.min_time_seconds = spec.measure.min_time;
  settings.timeout = std::chrono::seconds(spec.measure.timeout);
  settings.cpus = request.cpus;
  settings.python_path = {
      provide_pyperf(store, runner, source.tree, baseline.python, request.pyperf_wheel), hook};
  const nlohmann::json settings_text = settings_json(settings, hook);

  // Two runs that measure at once would measure each other.
  auto measuring = store.try_lock("measuring");
  if (!measuring) {
    progress.line("another pytune is measuring with this store; waiting for it to end");
    measuring = store.lock("measuring");
  }
  WorkerManager manager(runner, settings);
  double minutes_done = request.minutes_before;
  calibrate(result, store, manager, load_suite(request.suite), settings_text, progress,
            minutes_done);

  Measurement& measurement = result.measurement;
  measurement.arms = build_arms(result.builds, result.warnings);
  measurement.arms.insert(measurement.arms.begin() + 1, copy_arm(store, baseline));
  if (spec.measure.system_python) {
    if (auto arm = system_arm(runner, request.system_python, result.system_python))
      measurement.arms.push_back(*arm);
  }
  compile_pyperf(runner, settings.python_path.front(), measurement.arms);
  const fs::path directory = block_directory(result, store, settings_text, request.seed);
  const double processes = static_cast<double>(measurement.workloads.size()) *
                           (static_cast<double>(measurement.arms.size()) * spec.measure.rounds +
                            4.0 * spec.measure.confirm_rounds);
  const double per_process = request.minutes / std::max(1.0, processes);
  run_phase(result, manager, {"race", spec.measure.rounds, measurement.arms}, directory,
            request.seed, progress, minutes_done, per_process);

  ComparisonSettings comparison;
  comparison.seed = request.seed;
  result.race = compare(measurement, "race", comparison);
  const auto all = candidates(result);
  const auto winner = pick_winner(result.race, all);
  if (winner && spec.measure.confirm_rounds > 0) {
    std::vector<Arm> arms;
    std::copy_if(
        measurement.arms.begin(), measurement.arms.end(), std::back_inserter(arms),
        [&](const Arm& arm) { return arm.role != Arm::Role::candidate || arm.id == *winner; });
    run_phase(result, manager, {"confirm", spec.measure.confirm_rounds, arms}, directory,
              request.seed + 1, progress, minutes_done, per_process);
    Measurement confirmation = measurement;
    confirmation.arms = arms;
    result.confirm = compare(confirmation, "confirm", comparison);
  }
  const Candidate* first = &all.front();
  const auto shares = contributions(measurement, "race", *first,
                                    explained(result.race, all, winner), all, comparison);
  result.recommendation = recommend(result.race, result.confirm, all, shares,
                                    result.system_python.empty() ? "" : "system");
  for (auto& note : failure_notes(measurement.blocks)) measurement.notes.push_back(std::move(note));
  result.measure_minutes = measured_minutes(measurement);
}

}  // namespace pytune
