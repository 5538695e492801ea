// Worker processes: how they are started and what they answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "measure/sample.h"
#include "spec/measure_settings.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {

// What workers are given besides their settings.
struct WorkerTools {
  std::vector<std::filesystem::path> python_path = {};  // pyperf (unmodified), the pytune_cpu hook
  std::filesystem::path scratch = {};  // a folder for the counts of emulated workers, as they come
};

// The CPUs of each lane: equal shares of neighbours, what is left over unused. `cpus` when there is
// one lane. Throws UsageError when there are fewer CPUs than lanes.
std::vector<std::vector<int>> cpus_of_lanes(const WorkerSettings& settings);

// What the workers of a block have in common, whatever arm they are of.
struct WorkerStart {
  int hash_seed = 0;
  int padding_bytes = 0;       // in the environment
  std::vector<int> cpus = {};  // none: those of the settings
};
WorkerStart start_of(const Block& block);

// The environment of a worker: from nothing, so that no LD_PRELOAD, PYTHONMALLOC, or the like of
// the user's changes what is measured, and so that it has the same size for all arms of a block:
// the environment lies above the stack, whose alignment moves with it. It holds the packages that
// were installed for the interpreter, and the workload's variables.
Environment worker_environment(const WorkerTools& tools, const Interpreter& interpreter,
                               const Workload& workload, const WorkerStart& start);

// The interpreter cannot run this workload, by the script's own account, which is the text.
struct CannotRun : Failure {
  using Failure::Failure;
};

// A worker was another interpreter than the one that was asked what it is: it is started by a
// launcher that chooses, or was replaced meanwhile. Nothing that is measured then means anything.
struct OtherInterpreter : UsageError {
  using UsageError::UsageError;
};

// A program that starts the worker as its child and looks on, such as perf.
struct Onlooker {
  // Words before the interpreter; of one that does not run by itself, words_before() ends them.
  std::vector<std::string> before;
  std::vector<std::string> interpreter_options;  // words after it, before the script: "-X", "perf"
  Environment environment;                       // added to the worker's
  std::vector<int> inherited_fds;
  // Whether the CPU time of each value is asked for. A pyperf that does not know the hook ends at
  // once and is started again without it: two processes where one is counted.
  bool cpu_times = true;
};

// Runs pyperf worker processes and reads what they send. A worker that crashes, hangs, or prints
// garbage gives a Sample with `error` set; only Interrupted and OtherInterpreter are thrown. Safe
// to be used by several threads.
class WorkerManager {
 public:
  WorkerManager(ProcessRunner& runner, WorkerSettings settings, WorkerTools tools = {})
      : runner_(runner), settings_(std::move(settings)), tools_(std::move(tools)) {}
  // The same, but for other settings.
  WorkerManager with(const WorkerSettings& settings) const { return {runner_, settings, tools_}; }
  // Loops per value for `workload` so that one value takes at least min_time on this interpreter.
  // Throws CannotRun, or Failure with the reason.
  long calibrate(const Arm& arm, const Workload& workload);
  // The benchmarks that `program` (benchmark kEveryBenchmark) holds, calibrated. Throws Failure
  // when the first does not run; a later one that does not ends the list, and `problem` says why.
  std::vector<Workload> discover(const Arm& arm, const Workload& program, std::string& problem);
  Sample run(const Arm& arm, const Workload& workload, const WorkerStart& start);
  // The times of the sample are of no use.
  Sample run(const Arm& arm, const Workload& workload, const WorkerStart& start,
             const Onlooker& onlooker);
  // One loop, to see whether the script can run: throws CannotRun when it says no. A worker that
  // fails otherwise has answered as well.
  void try_out(const Arm& arm, const Workload& workload);
  const WorkerSettings& settings() const { return settings_; }
  const WorkerTools& tools() const { return tools_; }
  ProcessRunner& runner() { return runner_; }

 private:
  Outcome run_worker(const Arm& arm, const Workload& workload,
                     const std::vector<std::string>& options, const WorkerStart& start,
                     const Onlooker& onlooker = {});
  bool is_without_hook(const std::string& python);
  Sample run_on_all(const Arm& arm, const Workload& workload, const WorkerStart& start);
  Outcome run_calibration(const Arm& arm, const Workload& workload);
  ProcessRunner& runner_;
  WorkerSettings settings_;
  WorkerTools tools_;
  std::mutex without_hook_mutex_;
  std::set<std::string>
      without_hook_;  // interpreters whose pyperf does not know --hook pytune_cpu: no CPU values
};

}  // namespace pytune
