#include "analyze/counters.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "analyze/evidence.h"
#include "analyze/statistics.h"

namespace pytune {
namespace {

// Of one arm, one workload and one event: sums over the processes that counted both.
struct Sums {
  double count = 0;
  double instructions = 0;
  Count total;
};

using ByEvent = std::map<std::string, Sums>;
using ByWorkload = std::map<std::string, ByEvent>;

// Which of the two names for instructions a sample has; null when neither.
const Count* instructions_of(const Sample& sample) {
  for (const char* name : {kArmInstructions, kGenericInstructions}) {
    const auto found = sample.counters.find(name);
    if (found != sample.counters.end() && found->second.value > 0) return &found->second;
  }
  return nullptr;
}

bool counted(const Sample& sample) {
  return sample.error.empty() && instructions_of(sample) != nullptr;
}

template <typename Visit>
void for_each_sample(const Measurement& measurement, const Visit& visit) {
  for (const Block& block : measurement.blocks) {
    if (block.phase != Phase::counters) continue;
    for (const Sample& sample : block.samples)
      if (counted(sample)) visit(block, sample);
  }
}

std::map<std::string, ByWorkload> add_up(const Measurement& measurement) {
  std::map<std::string, ByWorkload> sums;
  for_each_sample(measurement, [&](const Block& block, const Sample& sample) {
    const auto instructions = static_cast<double>(instructions_of(sample)->value);
    for (const auto& [event, count] : sample.counters) {
      Sums& sum = sums[sample.arm][block.workload][event];
      sum.count += static_cast<double>(count.value);
      sum.instructions += instructions;
      sum.total.value += count.value;
      sum.total.running = std::min(sum.total.running, count.running);
    }
  });
  return sums;
}

const Sums* find_sums(const ByWorkload& sums, const std::string& workload,
                      const std::string& event) {
  const auto events = sums.find(workload);
  if (events == sums.end()) return nullptr;
  const auto found = events->second.find(event);
  return found == events->second.end() ? nullptr : &found->second;
}

// Workloads for which every arm has this event.
std::vector<std::string> common_workloads(const Measurement& measurement,
                                          const std::map<std::string, ByWorkload>& sums,
                                          const std::string& event) {
  std::vector<std::string> common;
  for (const Workload& workload : measurement.workloads) {
    if (std::all_of(sums.begin(), sums.end(), [&](const auto& arm) {
          return find_sums(arm.second, workload.name, event) != nullptr;
        }))
      common.push_back(workload.name);
  }
  return common;
}

EventRate rate(const ByWorkload& sums, const std::string& event,
               const std::vector<std::string>& workloads) {
  EventRate result{event, 0, {}};
  std::vector<double> rates;
  for (const std::string& workload : workloads) {
    const Sums& sum = *find_sums(sums, workload, event);
    rates.push_back(1000 * sum.count / sum.instructions);
    result.total.value += sum.total.value;
    result.total.running = std::min(result.total.running, sum.total.running);
  }
  result.per_1000 = mean(rates);
  return result;
}

std::optional<double> instruction_ratio(const Measurement& measurement, const std::string& baseline,
                                        const std::string& arm) {
  std::map<std::string, std::vector<double>> logs;
  for (const Block& block : measurement.blocks) {
    if (block.phase != Phase::counters) continue;
    const auto value = [&](const std::string& id) {
      for (const Sample& sample : block.samples)
        if (sample.arm == id && counted(sample))
          return static_cast<double>(instructions_of(sample)->value);
      return 0.0;
    };
    const double ours = value(arm);
    const double theirs = value(baseline);
    if (ours > 0 && theirs > 0) logs[block.workload].push_back(std::log(ours / theirs));
  }
  if (logs.empty()) return std::nullopt;
  std::vector<double> means;
  means.reserve(logs.size());
  for (const auto& [workload, values] : logs) means.push_back(mean(values));
  return std::exp(mean(means));
}

std::optional<double> instructions_per_cycle(const ArmCounters& arm) {
  for (const char* name : {kArmCycles, kGenericCycles}) {
    const EventRate* cycles = rate_of(arm, name);
    if (cycles != nullptr && cycles->per_1000 > 0) return 1000 / cycles->per_1000;
  }
  return std::nullopt;
}

// In the order of the tables of events.
std::vector<std::string> events_of(const std::map<std::string, ByWorkload>& sums,
                                   const Core& core) {
  std::set<std::string> seen;
  for (const auto& [arm, workloads] : sums)
    for (const auto& [workload, events] : workloads)
      for (const auto& [event, sum] : events) seen.insert(event);
  std::vector<std::string> ordered;
  for (const CounterEvent& event : counter_events(core_name(core)))
    if (seen.erase(event.name) > 0) ordered.push_back(event.name);
  ordered.insert(ordered.end(), seen.begin(), seen.end());
  return ordered;
}

nlohmann::json top_down_json(const TopDown& top_down) {
  nlohmann::json shares = nlohmann::json::object();
  for (const auto& share : top_down.shares) shares[share.name] = share.value;
  return {
      {"formulas", top_down.formulas}, {"shares", std::move(shares)}, {"caveat", top_down.caveat}};
}

nlohmann::json arm_json(const ArmCounters& arm) {
  nlohmann::json j = {{"arm", arm.arm}, {"processes", arm.processes}};
  if (arm.instructions) j["instructions_ratio"] = *arm.instructions;
  if (arm.ipc) j["ipc"] = *arm.ipc;
  j["events"] = nlohmann::json::object();
  for (const EventRate& rate : arm.rates)
    j["events"][rate.event] = {{"per_1000_instructions", rate.per_1000},
                               {"total", rate.total.value},
                               {"running", rate.total.running},
                               {"multiplexed", rate.total.running < 100}};
  if (arm.top_down) j["top_down"] = top_down_json(*arm.top_down);
  return j;
}

}  // namespace

const EventRate* rate_of(const ArmCounters& arm, std::string_view event) {
  const auto found = std::find_if(arm.rates.begin(), arm.rates.end(),
                                  [&](const EventRate& rate) { return rate.event == event; });
  return found == arm.rates.end() ? nullptr : &*found;
}

CounterComparison compare_counters(const Measurement& measurement, const Core& core) {
  CounterComparison comparison;
  comparison.core = core;
  for (const Arm& arm : measurement.arms)
    if (arm.role == Arm::Role::baseline) comparison.baseline = arm.id;
  const auto sums = add_up(measurement);
  std::map<std::string, int> processes;
  for_each_sample(measurement,
                  [&](const Block&, const Sample& sample) { ++processes[sample.arm]; });
  std::map<std::string, std::vector<std::string>> workloads;
  const std::vector<std::string> events = events_of(sums, core);
  for (const std::string& event : events)
    workloads[event] = common_workloads(measurement, sums, event);
  if (!events.empty()) comparison.workloads = workloads[events.front()];
  for (const Arm& arm : measurement.arms) {
    const auto found = sums.find(arm.id);
    if (found == sums.end()) continue;
    ArmCounters row;
    row.arm = arm.id;
    row.processes = processes[arm.id];
    std::map<std::string, double> per_1000;
    for (const std::string& event : events) {
      if (workloads[event].empty()) continue;
      row.rates.push_back(rate(found->second, event, workloads[event]));
      per_1000[event] = row.rates.back().per_1000;
    }
    row.instructions = instruction_ratio(measurement, comparison.baseline, arm.id);
    row.ipc = instructions_per_cycle(row);
    row.top_down = top_down(core, per_1000);
    comparison.arms.push_back(std::move(row));
  }
  return comparison;
}

void to_json(nlohmann::json& j, const CounterComparison& comparison) {
  const Core& core = comparison.core;
  j = {{"evidence", name_of(Evidence::measured)},
       {"scope", "user space, the timed loops: what twice as many took more"},
       {"core", core_name(core)},
       {"midr",
        {{"implementer", core.implementer},
         {"part", core.part},
         {"variant", core.variant},
         {"revision", core.revision}}},
       {"baseline", comparison.baseline},
       {"workloads", comparison.workloads},
       {"arms", nlohmann::json::array()}};
  for (const ArmCounters& arm : comparison.arms) j["arms"].push_back(arm_json(arm));
}

}  // namespace pytune
