#include "analyze/log_ratios.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analyze/statistics.h"
#include "measure/emulated_counts.h"

namespace pytune {
namespace {

std::vector<std::string> workload_names(const Measurement& measurement) {
  std::vector<std::string> names;
  std::unordered_set<std::string_view> seen;
  const auto add = [&](const std::string& name) {
    if (seen.insert(name).second) {
      names.push_back(name);
    }
  };
  for (const Workload& workload : measurement.workloads) {
    add(workload.name);
  }
  for (const Block& block : measurement.blocks) {
    add(block.workload);
  }
  return names;
}

const Sample* find_sample(const Block& block, const std::string& arm) {
  const auto found = std::find_if(block.samples.begin(), block.samples.end(),
                                  [&](const Sample& sample) { return sample.arm == arm; });
  return found == block.samples.end() ? nullptr : &*found;
}

std::optional<double> cost_of(const Block& block, const std::string& arm, Clock clock) {
  const Sample* sample = find_sample(block, arm);
  return sample == nullptr ? std::nullopt : observed(*sample, clock);
}

// CPU time of a process that lets others do its work says nothing.
std::set<std::string> wall_only(const Measurement& measurement) {
  std::set<std::string> names;
  for (const Workload& workload : measurement.workloads) {
    if (workload.clock == Clock::wall) names.insert(workload.name);
  }
  return names;
}

}  // namespace

bool in_phase(const Block& block, std::optional<Phase> phase) {
  return !phase || block.phase == *phase;
}

std::optional<double> observed(const Sample& sample, Clock clock) {
  if (clock == Clock::instructions) {
    const auto count = sample.counters.find(kInstructions);
    const bool counted = sample.error.empty() && sample.wall_values.empty() &&
                         count != sample.counters.end() && count->second.value > 0;
    return counted ? std::optional(static_cast<double>(count->second.value)) : std::nullopt;
  }
  const std::vector<double>& values = clock == Clock::cpu ? sample.cpu_values : sample.wall_values;
  const auto usable = [](double value) { return std::isfinite(value) && value > 0; };
  if (!sample.error.empty() || values.empty() ||
      !std::all_of(values.begin(), values.end(), usable)) {
    return std::nullopt;
  }
  const double seconds = mean(values);
  return usable(seconds) ? std::optional(seconds) : std::nullopt;
}

Clock headline_clock(const Measurement& measurement, std::optional<Phase> phase) {
  std::map<std::string, bool> has_cpu;
  for (const Block& block : measurement.blocks) {
    if (!in_phase(block, phase)) {
      continue;
    }
    for (const Sample& sample : block.samples) {
      if (observed(sample, Clock::instructions)) return Clock::instructions;
      const bool cpu = observed(sample, Clock::cpu).has_value();
      if (cpu || observed(sample, Clock::wall)) {
        has_cpu[sample.arm] |= cpu;
      }
    }
  }
  const bool all =
      std::all_of(has_cpu.begin(), has_cpu.end(), [](const auto& arm) { return arm.second; });
  return all ? Clock::cpu : Clock::wall;
}

LogRatios log_ratios(const Measurement& measurement, std::optional<Phase> phase, Clock clock,
                     const std::string& reference, const std::vector<std::string>& arms) {
  LogRatios table;
  table.arms = arms;
  table.workloads = workload_names(measurement);
  std::unordered_map<std::string_view, std::size_t> indices;
  for (const std::string& name : table.workloads) indices.emplace(name, indices.size());
  std::map<std::pair<Phase, int>, std::size_t> rounds;
  const std::set<std::string> by_wall = wall_only(measurement);
  for (const Block& block : measurement.blocks) {
    const bool timed = clock != Clock::instructions;
    const Clock own = timed && by_wall.contains(block.workload) ? Clock::wall : clock;
    const auto base = in_phase(block, phase) ? cost_of(block, reference, own) : std::nullopt;
    if (!base) {
      continue;
    }
    LogRatios::Row row;
    row.workload = indices.at(block.workload);
    for (const std::string& arm : arms) {
      const auto cost = cost_of(block, arm, own);
      row.values.push_back(cost ? std::optional(std::log(*base) - std::log(*cost)) : std::nullopt);
    }
    const auto good = [](const std::optional<double>& value) { return value.has_value(); };
    if (std::any_of(row.values.begin(), row.values.end(), good)) {
      row.round = rounds.try_emplace({block.phase, block.round}, rounds.size()).first->second;
      table.rows.push_back(std::move(row));
    }
  }
  table.rounds = rounds.size();
  return table;
}

}  // namespace pytune
