// From counts to rates that interpreters can be compared by.
//
// Everything is per instruction of the same two processes (each pass counts instructions), so that
// nothing needs to be divided by loops. Each workload weighs the same, however long it runs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analyze/top_down.h"
#include "measure/sample.h"

namespace pytune {

struct EventRate {
  std::string event;
  double per_1000 = 0;  // per 1000 instructions: the mean of the workloads' rates
  Count total;          // raw, over all processes; `running`: the lowest of them
};

struct ArmCounters {
  std::string arm;
  // Instructions of this arm by those of the baseline, in the same block: the geometric mean over
  // blocks, then workloads. Nothing without a common block. 0.9: a tenth fewer.
  std::optional<double> instructions;
  std::optional<double> ipc;  // instructions per cycle: 1 / the mean of the workloads' cycles per
                              // instruction
  std::vector<EventRate> rates;  // as ordered in the table of events; instructions among them
  std::optional<TopDown> top_down;
  int processes = 0;  // good ones
};

struct CounterComparison {
  std::string baseline;
  Core core;
  std::vector<std::string> workloads;  // those that the rates of every arm stand on
  std::vector<ArmCounters> arms;       // those that were counted, the baseline among them
};

// Over the blocks of Phase::counters. A workload that lacks an event for one of the arms is left
// out of that event's rate for all: their rates are over the same work.
CounterComparison compare_counters(const Measurement& measurement, const Core& core);

// The rate of an event; null when it was not counted.
const EventRate* rate_of(const ArmCounters& arm, std::string_view event);

void to_json(nlohmann::json& j, const CounterComparison& comparison);

}  // namespace pytune
