// Measurements made up for tests, with known truth: times are speeds and noise that the test chose.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/sample.h"

namespace pytune::synthetic {

// All noise is in the log of a time. A log ratio has sqrt(2) times it, since the baseline has its
// own.
struct Noise {
  double process = 0.033;  // of each process; 0.033 gives the paired sd of 4.7 % measured on a busy
                           // virtual machine
  double outliers = 0;     // share of processes with ten times that
  double block = 0;        // common to all arms of a block: pairing removes it
  double round = 0;        // common to all arms and workloads of a round: likewise
  double arm_round =
      0;  // of one arm, on all workloads of a round: what is left of a disturbance after pairing
  double uneven = 0;  // workload w has process noise times 1 + uneven * w / (workloads - 1)
};

struct Shape {
  int rounds = 5;
  int workloads = 12;
  std::vector<double> speeds =
      {};  // of the arms besides the baseline; the first is the byte-identical copy
  std::vector<double> noisier =
      {};  // per arm besides the baseline, process noise times this; empty: 1
  Phase phase = Phase::race;
};

// Arms "baseline", "copy", "b1", "b2", ...; workloads "w0", ...; CPU and wall times alike.
Measurement simulated(const Shape& shape, const Noise& noise, std::uint64_t seed);

std::string arm_name(std::size_t index);  // of Shape::speeds

// One by hand: an empty measurement of arms "baseline", "copy", "b1", ..., and blocks with the
// given seconds in the order of the arms. A time of 0 is a failed process.
Measurement arms_only(std::size_t besides_baseline);
void add_block(Measurement& measurement, int round, const std::string& workload,
               const std::vector<double>& seconds, Phase phase = Phase::race);

}  // namespace pytune::synthetic
