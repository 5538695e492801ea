// Measuring arms side by side: calibrate once on the baseline, then rounds of blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "measure/perf_events.h"
#include "measure/sample.h"
#include "sys/error.h"
#include "sys/process.h"
#include "toolchain/emulator.h"

namespace pytune {

// Workers that are programs of another architecture: their instructions are counted instead of
// times being measured.
struct EmulatedWorkers {
  Emulator emulator;
  std::string cpu;                // Emulation::cpu
  std::filesystem::path plugin;   // Emulation::plugin
  std::filesystem::path scratch;  // a folder for counts that are being made
};

struct WorkerSettings {
  int warmups = 1;
  int values = 3;
  double min_time_seconds = 0.02;              // per value, used to calibrate loops on the baseline
  std::chrono::milliseconds timeout{120'000};  // of one worker process
  std::uint64_t memory_limit = 0;              // bytes of one worker and what it starts; 0: none
  std::vector<std::filesystem::path> python_path;  // pyperf (unmodified) and the pytune_cpu hook
  std::vector<int> cpus;                           // pin workers here; empty: not pinned
  // More than 1: so many blocks at once, each on its own share of `cpus`.
  int lanes = 1;
  // A sample is of one worker on each of `cpus` at once, and its values are of all together: the
  // seconds after which the machine has done one more unit of work.
  bool all_cpus_at_once = false;
  std::optional<EmulatedWorkers> emulated = {};
};

// How the workers of this arm run under its emulator; settings.emulated has to be there.
Emulation emulation_of(const WorkerSettings& settings, const Arm& arm);
// The words before an interpreter that is to run only, uncounted; none for one of this machine.
std::vector<std::string> words_before(const WorkerSettings& settings, const Arm& arm);

// The CPUs of each lane: equal shares of neighbours, what is left over unused. `cpus` when there is
// one lane. Throws UsageError when there are fewer CPUs than lanes.
std::vector<std::vector<int>> cpus_of_lanes(const WorkerSettings& settings);

// The environment of a worker: from nothing, so that no LD_PRELOAD, PYTHONMALLOC, or the like of
// the user's changes what is measured, and so that it has the same size for all arms of a block:
// the environment lies above the stack, whose alignment moves with it.
// `arm` adds the packages that were installed for it, `workload` its variables.
Environment worker_environment(const WorkerSettings& settings, const Arm& arm,
                               const Workload& workload, int hash_seed, int padding_bytes);

// How a script says that it cannot run here: this exit status, and why on the last line of stderr.
// The number is the one by which automake's and meson's tests say the same.
inline constexpr int kCannotRunStatus = 77;
// The interpreter cannot run this workload, by the script's own account, which is the text.
struct CannotRun : Failure {
  using Failure::Failure;
};

// A program that starts the worker as its child and looks on, such as perf.
struct Onlooker {
  std::vector<std::string> before;               // words before the interpreter
  std::vector<std::string> interpreter_options;  // words after it, before the script: "-X", "perf"
  Environment environment;                       // added to the worker's
  std::vector<int> inherited_fds;
  // Whether the CPU time of each value is asked for. A pyperf that does not know the hook ends at
  // once and is started again without it: two processes where one is counted.
  bool cpu_times = true;
};

// Runs pyperf worker processes and reads what they send. A worker that crashes, hangs, or prints
// garbage gives a Sample with `error` set; only Interrupted is thrown. Safe to be used by several
// threads.
class WorkerManager {
 public:
  WorkerManager(ProcessRunner& runner, WorkerSettings settings)
      : runner_(runner), settings_(std::move(settings)) {}
  // Loops per value for `workload` so that one value takes at least min_time on this interpreter.
  // Throws CannotRun, or Failure with the reason.
  long calibrate(const Arm& arm, const Workload& workload);
  // The benchmarks that `program` (benchmark kEveryBenchmark) holds, calibrated. Throws Failure
  // when the first does not run; a later one that does not ends the list, and `problem` says why.
  std::vector<Workload> discover(const Arm& arm, const Workload& program, std::string& problem);
  Sample run(const Arm& arm, const Workload& workload, int hash_seed, int padding_bytes) {
    return run(arm, workload, hash_seed, padding_bytes, settings_.cpus);
  }
  Sample run(const Arm& arm, const Workload& workload, int hash_seed, int padding_bytes,
             const std::vector<int>& cpus);
  // The times of the sample are of no use.
  Sample run(const Arm& arm, const Workload& workload, int hash_seed, int padding_bytes,
             const Onlooker& onlooker) {
    return run_one(arm, workload, hash_seed, padding_bytes, settings_.cpus, onlooker);
  }
  // One loop, to see whether the script can run: throws CannotRun when it says no. A worker that
  // fails otherwise has answered as well.
  void try_out(const Arm& arm, const Workload& workload);
  const WorkerSettings& settings() const { return settings_; }
  ProcessRunner& runner() { return runner_; }

 private:
  Outcome run_worker(const Arm& arm, const Workload& workload, std::vector<std::string> options,
                     int hash_seed, int padding_bytes, const std::vector<int>& cpus,
                     const Onlooker& onlooker = {});
  Sample run_one(const Arm& arm, const Workload& workload, int hash_seed, int padding_bytes,
                 const std::vector<int>& cpus, const Onlooker& onlooker = {});
  bool is_without_hook(const std::string& python);
  Sample run_on_all(const Arm& arm, const Workload& workload, int hash_seed, int padding_bytes,
                    const std::vector<int>& cpus);
  Outcome run_calibration(const Arm& arm, const Workload& workload);
  ProcessRunner& runner_;
  WorkerSettings settings_;
  std::mutex without_hook_mutex_;
  std::set<std::string>
      without_hook_;  // interpreters whose pyperf does not know --hook pytune_cpu: no CPU values
};

// The order of one block: a permutation of 0..arms-1. Over any `arms` consecutive rounds of one
// workload every arm holds every position once (a Latin square over a seeded random permutation),
// so drift within a block cancels.
std::vector<std::size_t> block_order(std::size_t arms, int round, const std::string& workload,
                                     std::uint64_t seed);

struct SessionPlan {
  std::string phase = "race";
  int first_round = 0;
  int rounds = 5;  // up to this one, which is left out
  std::uint64_t seed = 1;
  std::vector<Arm> arms;
  std::vector<Workload> workloads;    // loops filled in
  std::vector<Skipped> skipped = {};  // these arms take no part in the blocks of these workloads
  // Not empty: round R counts events of passes.events[R % size] instead of measuring times.
  CounterPasses passes = {};
};

struct SessionEvents {
  // After each block that was measured now; `done` counts those found on disk, too.
  std::function<void(const Block& block, std::size_t done, std::size_t total)> block_done;
  // One line worth telling: a damaged block file that is measured again, an arm given up on a
  // workload.
  std::function<void(const std::string& line)> note;
};

// Runs the blocks of `plan` that `directory` does not hold yet, writing each as
// directory/<phase>-RRRR-<workload>.json (atomic) as soon as it is complete, and returns all of
// them in order of round and workload, whatever lane each ran on. A killed run loses at most the
// block under way. A block file that is damaged or was measured otherwise (arms, loops, values,
// seed, events) is measured again. An arm whose worker failed in two rounds of a workload is not
// run on that workload again: its later samples say so in `error`.
std::vector<Block> run_blocks(WorkerManager& manager, const SessionPlan& plan,
                              const std::filesystem::path& directory, const SessionEvents& events);

// One line for every arm and workload with failed samples, for Measurement::notes.
std::vector<std::string> failure_notes(const std::vector<Block>& blocks);

// A directory of workloads as builtin.json describes it. Throws UsageError naming the file and key.
std::vector<Workload> load_suite(const std::filesystem::path& manifest);

// 16 hex digits over the blocks: one for everything made from the same blocks, and no other's. Runs
// of files that share it took turns.
std::string measurement_id(const Measurement& measurement);

// pyperf JSON (version 1.0) of one arm, in the shape `pyperf compare_to` accepts: equal value
// counts for every arm (a block counts only if all arms have it), one run per process. Throws
// Failure when there is no such block: pyperf refuses a file without benchmarks.
nlohmann::json pyperf_document(const Measurement& measurement, const std::string& arm);

}  // namespace pytune
