#include "cli/measuring.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/pyperf_wheel.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

fs::path hook_directory(const MeasuringRequest& request) {
  return request.home / "profiles" / "pyperf_hook";
}

WorkerSettings worker_settings(const MeasureSettings& settings, const MeasuringRequest& request) {
  WorkerSettings worker;
  worker.warmups = settings.warmups;
  worker.values = settings.values;
  worker.min_time_seconds = settings.min_time;
  worker.timeout = std::chrono::seconds(settings.timeout);
  worker.cpus = request.cpus;
  worker.python_path = {request.pyperf, hook_directory(request)};
  return worker;
}

nlohmann::json settings_json(const WorkerSettings& s, const fs::path& hook) {
  return {{"warmups", s.warmups},           {"values", s.values},
          {"min_time", s.min_time_seconds}, {"cpus", s.cpus},
          {"pyperf", kPyperfSha256},        {"hook", sha256_file(hook / "pytune_hook.py")}};
}

FileLock wait_for_turn(Store& store, Progress& progress) {
  if (auto turn = store.try_lock("measuring")) return std::move(*turn);
  progress.line("another pytune is measuring with this store; waiting for it to end");
  return store.lock("measuring");
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

nlohmann::json workload_identity(const Workload& workload) {
  nlohmann::json identity = workload;
  identity["script"] = sha256_file(workload.script);
  return identity;
}

Measuring::Measuring(Store& store, ProcessRunner& runner, const MeasureSettings& settings,
                     const MeasuringRequest& request, Progress& progress)
    : store_(store),
      runner_(runner),
      progress_(progress),
      request_(request),
      settings_(worker_settings(settings, request)),
      settings_text_(settings_json(settings_, hook_directory(request))),
      turn_(wait_for_turn(store, progress)),
      manager_(runner, settings_) {}

void Measuring::calibrate(Measurement& measurement, const Arm& baseline,
                          const std::string& identity, const std::vector<Workload>& suite,
                          double minutes_done) {
  for (Workload workload : suite) {
    progress_.update(fmt::format("calibrating {}", workload.name), minutes_done);
    const nlohmann::json inputs = {{"build", identity},
                                   {"packages", baseline.python_path},
                                   {"workload", workload_identity(workload)},
                                   {"settings", settings_text_},
                                   {"host", request_.host.fingerprint()}};
    try {
      const Step step =
          store_.produce({"calibration", step_key(inputs)}, inputs, [&](const fs::path&) {
            return StepResult{
                true,
                {{"workload", workload.name}, {"loops", manager_.calibrate(baseline, workload)}}};
          });
      workload.loops = step.details.at("loops").get<long>();
      measurement.workloads.push_back(workload);
    } catch (const Failure& failure) {
      measurement.notes.push_back(
          fmt::format("workload {} left out: {}", workload.name, failure.what()));
      progress_.warn(measurement.notes.back());
    }
  }
  if (measurement.workloads.empty())
    throw Failure("no workload runs on the baseline: see the warnings above");
}

fs::path Measuring::block_directory(const Measurement& measurement,
                                    const std::vector<std::string>& identities) {
  nlohmann::json inputs = {{"settings", settings_text_},
                           {"seed", request_.seed},
                           {"host", request_.host.fingerprint()},
                           {"arms", nlohmann::json::array()},
                           {"workloads", nlohmann::json::array()}};
  for (std::size_t i = 0; i < measurement.arms.size(); ++i)
    inputs["arms"].push_back({measurement.arms[i].id, measurement.arms[i].python, identities.at(i),
                              measurement.arms[i].python_path});
  for (const auto& workload : measurement.workloads)
    inputs["workloads"].push_back(workload_identity(workload));
  const fs::path directory = store_.directory({"blocks", step_key(inputs)});
  fs::create_directories(directory);
  return directory;
}

// Workers write no bytecode; without any, each would compile pyperf again before it starts to
// measure. What is there already, of this version of the language, is left.
void Measuring::compile_pyperf(const Arm& arm) {
  if (!compiled_.insert(arm.python).second) return;
  Command command;
  command.argv = {arm.python, "-m", "compileall", "-q", settings_.python_path.front().string()};
  command.timeout = std::chrono::seconds(60);
  runner_.run(command);  // a failure only costs time
}

std::vector<Block> Measuring::run_phase(const Measurement& measurement,
                                        const std::vector<std::string>& identities,
                                        const std::string& phase, int rounds,
                                        const std::vector<Arm>& arms, std::uint64_t seed,
                                        double& minutes_done, double minutes_per_process,
                                        const CounterPasses& passes) {
  for (const Arm& arm : arms) compile_pyperf(arm);
  const SessionPlan plan{phase, rounds, seed, arms, measurement.workloads, passes};
  SessionEvents events;
  const double per_block = minutes_per_process * static_cast<double>(arms.size());
  const double before = minutes_done;
  progress_.update(fmt::format("measuring ({}): first block", phase), minutes_done);
  events.block_done = [&](const Block& block, std::size_t done, std::size_t total) {
    minutes_done = before + per_block * static_cast<double>(done);
    progress_.update(fmt::format("measuring ({}): block {} of {}, round {}, {}", phase, done, total,
                                 block.round + 1, block.workload),
                     minutes_done);
  };
  events.note = [&](const std::string& line) { progress_.warn(line); };
  auto blocks = run_blocks(manager_, plan, block_directory(measurement, identities), events);
  progress_.line(fmt::format("measured ({}): {} blocks of {} interpreters", phase, blocks.size(),
                             arms.size()));
  return blocks;
}

double measured_minutes(const Measurement& measurement) {
  double seconds = 0;
  for (const auto& block : measurement.blocks) {
    for (const auto& sample : block.samples) seconds += sample.process_wall_seconds;
  }
  return seconds / 60;
}

}  // namespace pytune
