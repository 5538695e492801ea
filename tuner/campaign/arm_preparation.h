// What has to be known before the first block: who runs what, with which packages and loops.
#pragma once

#include <string>
#include <vector>

#include "campaign/phase_runner.h"

namespace pytune {

class ArmPreparation {
 public:
  ArmPreparation(PhaseRunner& runner, std::vector<Arm> arms) : runner_(runner) {
    measurement_.arms = std::move(arms);
  }
  Measurement run(const std::vector<Workload>& suite);

 private:
  // What a calibration came to: one workload, or all that a program turns out to hold.
  struct Calibrated {
    std::vector<Workload> workloads;
    std::string problem;  // why the program's list may not be whole
  };

  const Arm& baseline() const { return measurement_.arms.front(); }
  bool emulated() const { return baseline().interpreter.machine.has_value(); }
  bool skips(const Arm& arm, const std::string& workload) const;
  void skip(const std::string& workload, const Arm& arm, const std::string& reason);
  void note(std::string line);
  std::string unmet_need(const Workload& workload) const;
  std::vector<Workload> possible(const std::vector<Workload>& suite);
  void provide_packages(const std::vector<Workload>& suite);
  void calibrate(const std::vector<Workload>& suite);
  Calibrated calibrated(const Workload& workload);
  void add_workload(Workload found, const std::string& program);
  void try_out();
  void leave_out_the_incomparable();

  PhaseRunner& runner_;
  Measurement measurement_;
};

}  // namespace pytune
