#include "campaign/phase_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "campaign/arm_preparation.h"
#include "campaign/find_arm.h"
#include "interpreter/wheel.h"
#include "sys/cpus.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Seconds per value of a worker on every CPU: they start some milliseconds apart, and only what
// overlaps is the whole machine's work.
constexpr double kThroughputMinTime = 0.1;

fs::path hook_directory(const fs::path& home) { return home / "profiles" / "pyperf_hook"; }

// A worker that takes all would take other programs, or pytune, down with it.
std::uint64_t default_memory_limit(const Host& host) {
  return static_cast<std::uint64_t>(static_cast<double>(host.available_memory_bytes) * 0.8);
}

// What was asked for, with what was left open filled in.
WorkerSettings completed(WorkerSettings settings, const Host& host) {
  if (settings.all_cpus_at_once)
    settings.min_time = std::max(settings.min_time, kThroughputMinTime);
  if (settings.memory_limit == 0) settings.memory_limit = default_memory_limit(host);
  const bool several = settings.lanes > 1 || settings.all_cpus_at_once;
  if (settings.cpus.empty() && several) settings.cpus = allowed_cpus();
  settings.memory_limit /=
      settings.all_cpus_at_once ? settings.cpus.size() : static_cast<std::size_t>(settings.lanes);
  return settings;
}

}  // namespace

nlohmann::json workload_identity(const Workload& workload) {
  nlohmann::json identity = workload;
  identity["script"] = sha256_file(workload.script);
  if (!workload.build.empty())
    for (auto& file : identity["build"]) file = sha256_of_build_input(file.get<std::string>());
  return identity;
}

PhaseRunner::PhaseRunner(const Site& site, const MeasureRequest& request, const Host& host,
                         Preparations preparations)
    : site_(site),
      request_(request),
      host_(host.fingerprint()),
      preparations_(std::move(preparations)),
      cpus_(take_cpus(site.store, request.settings.workers.cpus, request.when_busy, site.listener)),
      manager_(site.runner, completed(request.settings.workers, host),
               {.python_path = {preparations_.pyperf, hook_directory(site.home)},
                .scratch = site.store.root() / "staging"}) {}

// What of the settings can change a figure.
nlohmann::json PhaseRunner::settings_of(const Interpreter& baseline) const {
  const WorkerSettings& s = manager_.settings();
  nlohmann::json j = {{"warmups", s.warmups},
                      {"values", s.values},
                      {"min_time", s.min_time},
                      {"cpus", s.cpus},
                      {"pyperf", kPyperfSha256},
                      {"hook", sha256_file(hook_directory(site_.home) / "pytune_hook.py")}};
  if (s.lanes > 1) j["lanes"] = s.lanes;
  if (s.all_cpus_at_once) j["all_cpus_at_once"] = true;
  if (const auto& machine = baseline.machine)
    j["emulated"] = {{"emulator", machine->emulator.sha256},
                     {"cpu", machine->cpu},
                     {"plugin", sha256_file(machine->plugin)}};
  return j;
}

StepId PhaseRunner::blocks_id(const Measurement& measurement) const {
  nlohmann::json inputs = {{"settings", settings_of(measurement.arms.front().interpreter)},
                           {"seed", request_.seed},
                           {"host", host_},
                           {"arms", nlohmann::json::array()},
                           {"workloads", nlohmann::json::array()}};
  // A block may hold failures that other limits would not have made.
  const WorkerSettings& asked = request_.settings.workers;
  if (asked.timeout != WorkerSettings().timeout) inputs["timeout"] = asked.timeout.count();
  if (asked.memory_limit != 0) inputs["memory_limit"] = asked.memory_limit;
  for (const Arm& arm : measurement.arms) {
    const Interpreter& one = arm.interpreter;
    inputs["arms"].push_back({arm.id, one.python, one.identity, one.packages});
    if (runs_by_own_loader(one)) inputs["arms"].back().push_back("own loader");
    if (!one.dependencies.empty()) inputs["arms"].back().push_back(one.dependencies);
    if (const auto key = surroundings_key(one); !key.is_null())
      inputs["arms"].back().push_back(key);
  }
  for (const auto& workload : measurement.workloads)
    inputs["workloads"].push_back(workload_identity(workload));
  return {"blocks", step_key(inputs)};
}

// The claim on the CPUs is the machine's; a store may be shared by several, or by containers.
FileLock PhaseRunner::lock_blocks(const StepId& id) {
  site_.store.use(id);
  const std::string name = id.kind + "-" + id.key;
  if (auto lock = site_.store.try_lock(name)) return std::move(*lock);
  site_.listener.warn("another pytune measures the same with this store; waiting for its end");
  return site_.store.lock(name);
}

// Workers write no bytecode; without any, each would compile pyperf again before it starts to
// measure. What is there already, of this version of the language, is left. What compileall itself
// imports from the interpreter's library is not written there (PYTHONDONTWRITEBYTECODE).
void PhaseRunner::compile_pyperf(const Interpreter& interpreter) {
  // With PYTHONOPTIMIZE and the like it is other bytecode.
  if (!compiled_.insert({interpreter.python, interpreter.variables}).second) return;
  Command command =
      command_of(interpreter, {"-m", "compileall", "-q", preparations_.pyperf.string()});
  command.timeout = std::chrono::seconds(120);
  site_.runner.run(command);  // a failure only costs time
}

Outcome PhaseRunner::run_script(const Arm& arm, const Workload& workload,
                                const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"-s", workload.script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Command command = command_of(arm.interpreter, words);
  command.environment =
      worker_environment(manager_.tools(), arm.interpreter, workload, {.hash_seed = 1});
  command.timeout = manager_.settings().timeout;
  return site_.runner.run(command);
}

Measurement PhaseRunner::prepare(std::vector<Arm> arms, const std::vector<Workload>& suite) {
  for (Arm& arm : arms)
    if (arm.interpreter.preloaded.empty()) require_loader_takes(arm.interpreter, site_.runner);
  return ArmPreparation(*this, std::move(arms)).run(suite);
}

std::vector<Block> PhaseRunner::run(const Measurement& measurement, const std::vector<Arm>& arms,
                                    const Rounds& rounds) {
  for (const Arm& arm : arms) compile_pyperf(arm.interpreter);
  const StepId id = blocks_id(measurement);
  const FileLock only = lock_blocks(id);
  const BlockPlan plan{.phase = rounds.phase,
                       .first_round = rounds.first,
                       .rounds = rounds.end,
                       .seed = rounds.seed,
                       .arms = arms,
                       .workloads = measurement.workloads,
                       .skipped = measurement.skipped,
                       .passes = rounds.passes,
                       .minutes_per_worker = rounds.minutes_per_worker};
  auto blocks = run_blocks(manager_, plan, site_.store.directory(id), site_.listener);
  site_.listener.line(fmt::format("measured ({}): {} blocks of {} interpreters",
                                  name_of(rounds.phase), blocks.size(), arms.size()));
  return blocks;
}

double measured_minutes(const std::vector<Block>& blocks, int lanes) {
  double seconds = 0;
  for (const auto& block : blocks) {
    for (const auto& sample : block.samples) seconds += sample.process_wall_seconds;
  }
  return seconds / 60 / lanes;
}

}  // namespace pytune
