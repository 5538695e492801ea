// From samples to observations: log(time of the reference / time of the arm), inside one block
// only.
//
// One process gives one observation, the mean of its values: values of one process are correlated
// (0.7 to 0.9 measured), so they are no replication (Kalibera & Jones 2013: repeat at the highest
// level that varies). Dividing inside the block removes whatever the block had in common: the
// machine's state, the hash seed, the environment's size.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/sample.h"
#include "workload/clock.h"

namespace pytune {

bool in_phase(const Block& block, std::optional<Phase> phase);  // nothing is every phase

// The mean over the values of a good sample, in seconds or instructions; nothing for a failed one,
// or one without usable values of this clock.
std::optional<double> observed(const Sample& sample, Clock clock);

// Instructions where samples have them and no times; else CPU time, unless an arm that has good
// samples has none with CPU times.
Clock headline_clock(const Measurement& measurement, std::optional<Phase> phase);

struct LogRatios {
  struct Row {  // one block in which the reference and at least one arm are good
    std::size_t workload = 0;
    std::size_t round = 0;
    std::vector<std::optional<double>> values;  // per arm; above 0 is faster than the reference
  };
  std::vector<std::string> arms;
  std::vector<std::string> workloads;  // those of the measurement, and of its blocks
  std::size_t rounds = 0;              // distinct (phase, round) with a row
  std::vector<Row> rows;
};

// Workloads that have a clock of their own are taken by that one.
LogRatios log_ratios(const Measurement& measurement, std::optional<Phase> phase, Clock clock,
                     const std::string& reference, const std::vector<std::string>& arms);

}  // namespace pytune
