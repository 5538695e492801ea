#include "measure/count_events.h"

#include <algorithm>

#include "perf/count_sink.h"

namespace pytune {
namespace {

// One process; its counts are in `counts` unless the sample has an error.
Sample count_once(WorkerManager& manager, const std::string& perf,
                  const std::vector<CounterEvent>& events, const Arm& arm, const Workload& workload,
                  const Block& block, PerfStat& counts) {
  const CountSink sink;
  Onlooker onlooker;
  onlooker.before = perf_stat_words(perf, events, sink);
  onlooker.environment = perf_environment();
  onlooker.inherited_fds = {sink.fd()};
  Sample sample = manager.run(arm, workload, block.hash_seed, block.padding_bytes, onlooker);
  if (!sample.error.empty()) return sample;
  counts = sink.read();
  sample.error = counts.error;
  return sample;
}

const EventReading* counted(const PerfStat& counts, const CounterEvent& event) {
  const auto found = counts.events.find(event.perf);
  return found != counts.events.end() && found->second.state == EventReading::State::counted
             ? &found->second
             : nullptr;
}

}  // namespace

Sample count_events(WorkerManager& manager, const std::string& perf,
                    const std::vector<CounterEvent>& events, const Arm& arm,
                    const Workload& workload, const Block& block) {
  PerfStat once;
  PerfStat twice;
  Sample sample = count_once(manager, perf, events, arm, workload, block, once);
  if (!sample.error.empty()) return sample;
  Workload doubled = workload;
  doubled.loops *= 2;
  sample = count_once(manager, perf, events, arm, doubled, block, twice);
  if (!sample.error.empty()) return sample;
  for (const CounterEvent& event : events) {
    const EventReading* less = counted(once, event);
    const EventReading* more = counted(twice, event);
    if (less == nullptr || more == nullptr) continue;
    // A rare event may by chance be rarer in the longer run: no more of it is none.
    sample.counters[event.name] = {std::max(0L, more->value - less->value),
                                   std::min(less->running, more->running)};
  }
  if (sample.counters.empty()) sample.error = "perf counted none of the events";
  const auto instructions = sample.counters.find(events.front().name);  // in every pass
  if (instructions != sample.counters.end() && instructions->second.value <= 0)
    sample.error = "perf counted no more instructions for twice the work";
  return sample;
}

}  // namespace pytune
