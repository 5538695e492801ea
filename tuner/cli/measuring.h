// Measuring arms with everything kept in the store: what `sweep` and `measure` have in common.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "measure/cpu_claim.h"
#include "measure/environment.h"
#include "measure/sample.h"
#include "measure/session.h"
#include "spec/sweep.h"
#include "store/store.h"
#include "sys/error.h"
#include "sys/host.h"
#include "sys/process.h"

namespace pytune {

// All of a workload that can change its figures. Its file may be moved.
nlohmann::json workload_identity(const Workload& workload);

struct MeasuringRequest {
  std::filesystem::path home;         // data_home()
  std::filesystem::path pyperf;       // unpacked: provide_wheel()
  std::filesystem::path source_tree;  // of a CPython, for its pip; may be empty
  Host host;
  std::uint64_t seed = 1;
  std::vector<int> cpus;
  int lanes = 1;
  bool throughput = false;         // one worker on each CPU at once
  std::uint64_t memory_limit = 0;  // bytes of a worker; 0: four fifths of what is free now
  // The interpreters are programs of another architecture, and are counted.
  std::optional<EmulatedWorkers> emulated = {};
  // How programs are compiled for those; nothing: not at all.
  std::optional<CrossPreparation> cross = {};
  bool wait = false;  // for CPUs that another run measures on; else that is a Failure
};

// No workload runs on both the baseline and another interpreter.
struct NothingToCompare : Failure {
  using Failure::Failure;
};

// The claim on the CPUs of a run: all that it may run on where it is not pinned. With `wait` it
// waits for them, and says for whom; else throws Failure naming the CPUs and who has them.
CpuClaim claim_cpus(const Store& store, const std::vector<int>& cpus, bool wait,
                    Progress& progress);

// Holds its CPUs' claim as long as it lives.
class Measuring {
 public:
  Measuring(Store& store, ProcessRunner& runner, const MeasureSettings& settings,
            const MeasuringRequest& request, Progress& progress);

  // Everything before the first block, for measurement.arms, the baseline first; identities[i]
  // stands for the bytes of arms[i]. Gives each interpreter its packages (Arm::python_path), finds
  // out who cannot run what (measurement.skipped), and fills measurement.workloads, loops included:
  // found once on the baseline and kept, so that a later run times the same work. A workload that
  // fails on the baseline is left out with a note. Throws Failure when nothing is left to compare.
  void prepare(Measurement& measurement, const std::vector<std::string>& identities,
               const std::vector<Workload>& suite, double minutes_done);

  // The blocks of `phase` from `first_round` up to `rounds`, those on disk included. `measurement`
  // says which arms and
  // workloads are measured in all, and `arms` which of them in this phase; identities[i] stands for
  // the bytes of measurement.arms[i]. `minutes_done` goes up by minutes_per_process for each
  // worker. With `passes`, events are counted instead of times being measured.
  std::vector<Block> run_phase(const Measurement& measurement,
                               const std::vector<std::string>& identities, const std::string& phase,
                               int first_round, int rounds, const std::vector<Arm>& arms,
                               std::uint64_t seed, double& minutes_done, double minutes_per_process,
                               const CounterPasses& passes = {});

  // Runs a workload's script once, as its workers run but with arguments of its own and unmeasured.
  Outcome run_script(const Arm& arm, const Workload& workload,
                     const std::vector<std::string>& arguments);

  WorkerManager& workers() { return manager_; }

 private:
  StepId blocks_id(const Measurement& measurement,
                   const std::vector<std::string>& identities) const;
  FileLock lock_blocks(const StepId& id);
  void provide_packages(Measurement& measurement, const std::vector<std::string>& identities,
                        const std::vector<Workload>& suite, double minutes_done);
  void calibrate(Measurement& measurement, const std::string& identity,
                 const std::vector<Workload>& suite, double minutes_done);
  void try_out(Measurement& measurement, const std::vector<std::string>& identities,
               double minutes_done);
  void leave_out_the_incomparable(Measurement& measurement);
  void compile_pyperf(const Arm& arm);
  std::vector<Workload> calibrated(const Arm& baseline, const std::string& identity,
                                   const Workload& workload, std::string& problem,
                                   bool& of_workload);
  void add_workload(Measurement& measurement, Workload found, const std::string& program);
  void note(Measurement& measurement, std::string line);

  Store& store_;
  ProcessRunner& runner_;
  Progress& progress_;
  MeasuringRequest request_;
  WorkerSettings settings_;
  nlohmann::json settings_text_;
  CpuClaim cpus_;
  WorkerManager manager_;
  std::set<std::string> compiled_;  // interpreters that pyperf's bytecode is there for
};

// Minutes that it took to run the worker processes of these blocks, so many at a time.
double measured_minutes(const Measurement& measurement, int lanes);

}  // namespace pytune
