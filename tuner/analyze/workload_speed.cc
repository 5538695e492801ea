#include "analyze/workload_speed.h"

#include <cmath>
#include <map>

#include "analyze/log_ratios.h"
#include "analyze/statistics.h"

namespace pytune {
namespace {

// By round, what one arm took for one workload.
std::map<int, double> observations(const Measurement& measurement, std::optional<Phase> phase,
                                   const std::string& arm, const std::string& workload,
                                   Clock clock) {
  std::map<int, double> found;
  for (const Block& block : measurement.blocks) {
    if (block.workload != workload || !in_phase(block, phase)) continue;
    for (const Sample& sample : block.samples) {
      if (sample.arm != arm) continue;
      if (const auto value = observed(sample, clock)) found[block.round] = *value;
    }
  }
  return found;
}

}  // namespace

Interval speed_of_workload(const Measurement& measurement, std::optional<Phase> phase,
                           const WorkloadPair& pair, double confidence) {
  const Clock clock = headline_clock(measurement, phase);
  const auto of_reference = observations(measurement, phase, pair.arm, pair.reference, clock);
  std::vector<double> logs;
  for (const auto& [round, value] :
       observations(measurement, phase, pair.arm, pair.workload, clock)) {
    const auto other = of_reference.find(round);
    if (other != of_reference.end()) logs.push_back(std::log(other->second / value));
  }
  const double centre = mean(logs);
  if (logs.size() < 2) return interval_of_log(centre, kUnknownLog);
  double squares = 0;
  for (const double log : logs) squares += (log - centre) * (log - centre);
  const auto count = static_cast<double>(logs.size());
  const double error = std::sqrt(squares / (count - 1) / count);
  return interval_of_log(centre, student_t(confidence, count - 1) * error);
}

}  // namespace pytune
