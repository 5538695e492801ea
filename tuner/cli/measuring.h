// Measuring arms with everything kept in the store: what `sweep` and `measure` have in common.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "measure/sample.h"
#include "measure/session.h"
#include "spec/sweep.h"
#include "store/store.h"
#include "sys/host.h"
#include "sys/process.h"

namespace pytune {

// The manifest a suite name or path stands for. Throws UsageError with a suggestion.
std::filesystem::path find_suite(const std::filesystem::path& home, const std::string& suite);

// All of a workload that can change its figures. Its file may be moved.
nlohmann::json workload_identity(const Workload& workload);

struct MeasuringRequest {
  std::filesystem::path home;    // data_home()
  std::filesystem::path pyperf;  // unpacked: provide_pyperf()
  Host host;
  std::uint64_t seed = 1;
  std::vector<int> cpus;
};

// One at a time per store: two runs that measure at once would measure each other, so the
// constructor waits for its turn, and says so.
class Measuring {
 public:
  Measuring(Store& store, ProcessRunner& runner, const MeasureSettings& settings,
            const MeasuringRequest& request, Progress& progress);

  // Fills measurement.workloads, loops included: found once on `baseline`, whose bytes `identity`
  // stands for, and kept, so that a later run times the same work. A workload that does not run on
  // it is left out with a note. Throws Failure when none runs.
  void calibrate(Measurement& measurement, const Arm& baseline, const std::string& identity,
                 const std::vector<Workload>& suite, double minutes_done);

  // The blocks of `phase` up to `rounds`, those on disk included. `measurement` says which arms and
  // workloads are measured in all, and `arms` which of them in this phase; identities[i] stands for
  // the bytes of measurement.arms[i]. `minutes_done` goes up by minutes_per_process for each
  // worker. With `passes`, events are counted instead of times being measured.
  std::vector<Block> run_phase(const Measurement& measurement,
                               const std::vector<std::string>& identities, const std::string& phase,
                               int rounds, const std::vector<Arm>& arms, std::uint64_t seed,
                               double& minutes_done, double minutes_per_process,
                               const CounterPasses& passes = {});

  WorkerManager& workers() { return manager_; }

 private:
  std::filesystem::path block_directory(const Measurement& measurement,
                                        const std::vector<std::string>& identities);
  void compile_pyperf(const Arm& arm);

  Store& store_;
  ProcessRunner& runner_;
  Progress& progress_;
  MeasuringRequest request_;
  WorkerSettings settings_;
  nlohmann::json settings_text_;
  FileLock turn_;
  WorkerManager manager_;
  std::set<std::string> compiled_;  // interpreters that pyperf's bytecode is there for
};

// Minutes that the worker processes of these blocks took.
double measured_minutes(const Measurement& measurement);

}  // namespace pytune
