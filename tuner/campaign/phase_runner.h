// Measuring arms with everything kept in the store: what sweeps and measurements have in common.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "campaign/site.h"
#include "campaign/take_cpus.h"
#include "interpreter/environment.h"
#include "measure/run_blocks.h"
#include "measure/sample.h"
#include "measure/worker.h"
#include "spec/measure_settings.h"
#include "sys/error.h"
#include "sys/host.h"
#include "workload/workload.h"

namespace pytune {

// What a user asks for of a measurement, whatever is measured.
struct MeasureRequest {
  MeasureSettings settings = {};
  std::uint64_t seed = 1;                   // of the random orders
  WhenBusy when_busy = WhenBusy::wait;      // where another run measures on the CPUs
  std::filesystem::path pyperf_wheel = {};  // --pyperf; may be empty
};

// What interpreters are prepared with.
struct Preparations {
  std::filesystem::path pyperf;       // unpacked: provide_wheel()
  std::filesystem::path source_tree;  // of a CPython, for its pip; may be empty
  // How programs are compiled for emulated interpreters; nothing: not at all.
  std::optional<CrossPreparation> cross = {};
};

// No workload runs on both the baseline and another interpreter.
struct NothingToCompare : Failure {
  using Failure::Failure;
};

// All of a workload that can change its figures. Its file may be moved.
nlohmann::json workload_identity(const Workload& workload);

// Holds its CPUs' claim as long as it lives.
class PhaseRunner {
 public:
  PhaseRunner(const Site& site, const MeasureRequest& request, const Host& host,
              Preparations preparations);

  // Everything before the first block, for these arms, the baseline first. Gives each interpreter
  // its packages, finds out who cannot run what (Measurement::skipped), and calibrates the
  // workloads: once, on the baseline, and kept, so that a later run times the same work. A workload
  // that fails on the baseline is left out with a note. Throws NothingToCompare when nothing is
  // left.
  Measurement prepare(std::vector<Arm> arms, const std::vector<Workload>& suite);

  struct Rounds {
    Phase phase = Phase::race;
    int first = 0;
    int end = 0;                    // this one is left out
    std::uint64_t seed = 1;         // of the orders in them
    double minutes_per_worker = 0;  // expected
    CounterPasses passes = {};      // not empty: events are counted instead of times being measured
  };
  // The blocks of these rounds of a prepared measurement, those on disk included; `arms` are those
  // that are measured in this phase.
  std::vector<Block> run(const Measurement& measurement, const std::vector<Arm>& arms,
                         const Rounds& rounds);

  // Runs a workload's script once, as its workers run but with arguments of its own and unmeasured.
  Outcome run_script(const Arm& arm, const Workload& workload,
                     const std::vector<std::string>& arguments);

  WorkerManager& workers() { return manager_; }
  const MeasureRequest& request() const { return request_; }

 private:
  friend class ArmPreparation;
  nlohmann::json settings_of(const Interpreter& baseline) const;
  StepId blocks_id(const Measurement& measurement) const;
  FileLock lock_blocks(const StepId& id);
  void compile_pyperf(const Interpreter& interpreter);

  Site site_;
  MeasureRequest request_;
  std::string host_;  // its fingerprint
  Preparations preparations_;
  CpuClaim cpus_;
  WorkerManager manager_;
  // Interpreters that pyperf's bytecode is there for, with their variables.
  std::set<std::pair<std::string, Environment>> compiled_;
};

// Minutes that it took to run the worker processes of these blocks, so many at a time.
double measured_minutes(const std::vector<Block>& blocks, int lanes);

}  // namespace pytune
