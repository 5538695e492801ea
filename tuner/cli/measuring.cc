#include "cli/measuring.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "measure/environment.h"
#include "measure/pyperf_wheel.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds kUsualTimeout = std::chrono::seconds(MeasureSettings().timeout);

fs::path hook_directory(const MeasuringRequest& request) {
  return request.home / "profiles" / "pyperf_hook";
}

// In a container its own limit (cgroup 2), where that is less than what the machine has free. A
// worker that takes all would take other programs, or pytune, down with it.
std::uint64_t default_memory_limit(const Host& host) {
  double bytes = static_cast<double>(host.available_memory_bytes);
  double most = 0;
  double used = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> most &&  // "max" is no number
      std::ifstream("/sys/fs/cgroup/memory.current") >> used)
    bytes = std::min(bytes, std::max(most - used, 0.0));
  return static_cast<std::uint64_t>(bytes * 0.8);
}

// Seconds per value of a worker on every CPU: they start some milliseconds apart, and only what
// overlaps is the whole machine's work.
constexpr double kThroughputMinTime = 0.1;

WorkerSettings worker_settings(const MeasureSettings& settings, const MeasuringRequest& request) {
  WorkerSettings worker;
  worker.warmups = settings.warmups;
  worker.values = settings.values;
  worker.min_time_seconds =
      request.throughput ? std::max(settings.min_time, kThroughputMinTime) : settings.min_time;
  worker.timeout = std::chrono::seconds(settings.timeout);
  worker.memory_limit =
      request.memory_limit != 0 ? request.memory_limit : default_memory_limit(request.host);
  worker.cpus = request.cpus;
  worker.lanes = request.lanes;
  worker.all_cpus_at_once = request.throughput;
  if (worker.cpus.empty() && (worker.lanes > 1 || request.throughput)) worker.cpus = allowed_cpus();
  worker.memory_limit /=
      request.throughput ? worker.cpus.size() : static_cast<std::size_t>(worker.lanes);
  worker.python_path = {request.pyperf, hook_directory(request)};
  worker.emulated = request.emulated;
  return worker;
}

nlohmann::json settings_json(const WorkerSettings& s, const fs::path& hook) {
  nlohmann::json j = {
      {"warmups", s.warmups},           {"values", s.values},
      {"min_time", s.min_time_seconds}, {"cpus", s.cpus},
      {"pyperf", kPyperfSha256},        {"hook", sha256_file(hook / "pytune_hook.py")}};
  if (s.lanes > 1) j["lanes"] = s.lanes;
  if (s.all_cpus_at_once) j["all_cpus_at_once"] = true;
  if (s.emulated)
    j["emulated"] = {{"emulator", s.emulated->emulator.sha256},
                     {"cpu", s.emulated->cpu},
                     {"plugin", sha256_file(s.emulated->plugin)}};
  return j;
}

}  // namespace

CpuClaim claim_cpus(const Store& store, const std::vector<int>& cpus, bool wait,
                    Progress& progress) {
  // A worker that was being started when its pytune was killed holds the locks for a moment yet,
  // and one that only looks whether all are free, some of them.
  constexpr auto kMoment = std::chrono::milliseconds(50);
  constexpr int kMoments = 10;
  const std::vector<int> wanted = cpus.empty() ? allowed_cpus() : cpus;
  const fs::path directory = cpu_lock_directory(store.root() / "locks");
  CpuHolder holder;
  for (int tried = 0;; ++tried) {
    if (auto claim = CpuClaim::try_take(wanted, directory, holder)) return std::move(*claim);
    if (!wait && tried >= kMoments)
      throw Failure(fmt::format(
          "CPU {} is being measured on by {}, and two runs on one CPU measure each other: wait for "
          "its end (--wait does), or give other CPUs (--cpus)",
          cpu_list(holder.cpus), holder.describe()));
    if (tried == kMoments)
      progress.warn(fmt::format("CPU {} is being measured on by {}; waiting for its end",
                                cpu_list(holder.cpus), holder.describe()));
    throw_if_stopped();
    std::this_thread::sleep_for(kMoment);
  }
}

nlohmann::json workload_identity(const Workload& workload) {
  nlohmann::json identity = workload;
  identity["script"] = sha256_file(workload.script);
  if (!workload.build.empty())
    for (auto& file : identity["build"]) file = sha256_of_build_input(file.get<std::string>());
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
      cpus_(claim_cpus(store, request.cpus, request.wait, progress)),
      manager_(runner, settings_) {}

StepId Measuring::blocks_id(const Measurement& measurement,
                            const std::vector<std::string>& identities) const {
  nlohmann::json inputs = {{"settings", settings_text_},
                           {"seed", request_.seed},
                           {"host", request_.host.fingerprint()},
                           {"arms", nlohmann::json::array()},
                           {"workloads", nlohmann::json::array()}};
  // A block may hold failures that other limits would not have made.
  if (settings_.timeout != kUsualTimeout) inputs["timeout"] = settings_.timeout.count();
  if (request_.memory_limit != 0) inputs["memory_limit"] = request_.memory_limit;
  for (std::size_t i = 0; i < measurement.arms.size(); ++i)
    inputs["arms"].push_back({measurement.arms[i].id, measurement.arms[i].python, identities.at(i),
                              measurement.arms[i].python_path});
  for (const auto& workload : measurement.workloads)
    inputs["workloads"].push_back(workload_identity(workload));
  return {"blocks", step_key(inputs)};
}

// The claim on the CPUs is the machine's; a store may be shared by several, or by containers.
FileLock Measuring::lock_blocks(const StepId& id) {
  const std::string name = id.kind + "-" + id.key;
  if (auto lock = store_.try_lock(name)) return std::move(*lock);
  progress_.warn("another pytune measures the same with this store; waiting for its end");
  return store_.lock(name);
}

// Workers write no bytecode; without any, each would compile pyperf again before it starts to
// measure. What is there already, of this version of the language, is left.
void Measuring::compile_pyperf(const Arm& arm) {
  if (!compiled_.insert(arm.python).second) return;
  Command command;
  command.argv = words_before(settings_, arm);
  for (const std::string& word : {arm.python, std::string("-m"), std::string("compileall"),
                                  std::string("-q"), settings_.python_path.front().string()})
    command.argv.push_back(word);
  command.timeout = std::chrono::seconds(120);
  runner_.run(command);  // a failure only costs time
}

Outcome Measuring::run_script(const Arm& arm, const Workload& workload,
                              const std::vector<std::string>& arguments) {
  Command command;
  command.argv = words_before(settings_, arm);
  command.argv.insert(command.argv.end(), {arm.python, "-s", workload.script});
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = worker_environment(settings_, arm, workload, 1, 0);
  command.cwd = "/";
  command.timeout = settings_.timeout;
  return runner_.run(command);
}

std::vector<Block> Measuring::run_phase(const Measurement& measurement,
                                        const std::vector<std::string>& identities,
                                        const std::string& phase, int first_round, int rounds,
                                        const std::vector<Arm>& arms, std::uint64_t seed,
                                        double& minutes_done, double minutes_per_process,
                                        const CounterPasses& passes) {
  for (const Arm& arm : arms) compile_pyperf(arm);
  const StepId id = blocks_id(measurement, identities);
  const FileLock only = lock_blocks(id);
  const SessionPlan plan{
      phase, first_round, rounds, seed, arms, measurement.workloads, measurement.skipped, passes};
  SessionEvents events;
  const double per_block = minutes_per_process * static_cast<double>(arms.size());
  const double before = minutes_done;
  progress_.update(fmt::format("measuring ({}): first block", phase), minutes_done);
  std::size_t measured = 0;
  std::size_t found = 0;
  events.block_done = [&](const Block& block, std::size_t done, std::size_t total) {
    ++measured;
    progress_.found(per_block * static_cast<double>(done - measured - found));
    found = done - measured;
    minutes_done = before + per_block * static_cast<double>(measured);
    progress_.update(fmt::format("measuring ({}): block {} of {}, round {}, {}", phase, done, total,
                                 block.round + 1, block.workload),
                     minutes_done);
  };
  events.note = [&](const std::string& line) { progress_.warn(line); };
  auto blocks = run_blocks(manager_, plan, store_.directory(id), events);
  progress_.line(fmt::format("measured ({}): {} blocks of {} interpreters", phase, blocks.size(),
                             arms.size()));
  return blocks;
}

double measured_minutes(const Measurement& measurement, int lanes) {
  double seconds = 0;
  for (const auto& block : measurement.blocks) {
    for (const auto& sample : block.samples) seconds += sample.process_wall_seconds;
  }
  return seconds / 60 / lanes;
}

}  // namespace pytune
