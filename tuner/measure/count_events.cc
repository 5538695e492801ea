#include "measure/count_events.h"

#include <algorithm>

#include "perf/count_sink.h"

namespace pytune {
namespace {

struct Counted {
  Sample sample;  // its error, or that of the counts
  PerfStat counts = {};
};

// One process.
Counted count_once(WorkerManager& manager, const CounterPass& pass, const Arm& arm,
                   const Workload& workload, const Block& block) {
  const CountSink sink;
  Onlooker onlooker;
  onlooker.before = perf_stat_words(pass.perf, pass.events, sink);
  const auto words = words_before(arm.interpreter);
  onlooker.before.insert(onlooker.before.end(), words.begin(), words.end());
  onlooker.environment = perf_environment();
  onlooker.inherited_fds = {sink.fd()};
  Counted counted{manager.run(arm, workload, start_of(block), onlooker)};
  if (!counted.sample.error.empty()) return counted;
  counted.counts = sink.read();
  counted.sample.error = counted.counts.error;
  return counted;
}

const EventReading* reading_of(const PerfStat& counts, const CounterEvent& event) {
  const auto found = counts.events.find(event.perf);
  return found != counts.events.end() && found->second.state == EventReading::State::counted
             ? &found->second
             : nullptr;
}

}  // namespace

Sample count_events(WorkerManager& manager, const CounterPass& pass, const Arm& arm,
                    const Workload& workload, const Block& block) {
  const Counted once = count_once(manager, pass, arm, workload, block);
  if (!once.sample.error.empty()) return once.sample;
  Workload doubled = workload;
  doubled.loops *= 2;
  const Counted twice = count_once(manager, pass, arm, doubled, block);
  Sample sample = twice.sample;
  if (!sample.error.empty()) return sample;
  for (const CounterEvent& event : pass.events) {
    const EventReading* less = reading_of(once.counts, event);
    const EventReading* more = reading_of(twice.counts, event);
    if (less == nullptr || more == nullptr) continue;
    // A rare event may by chance be rarer in the longer run: no more of it is none.
    sample.counters[event.name] = {std::max(0L, more->value - less->value),
                                   std::min(less->running, more->running)};
  }
  if (sample.counters.empty()) sample.error = "perf counted none of the events";
  const auto instructions = sample.counters.find(pass.events.front().name);  // in every pass
  if (instructions != sample.counters.end() && instructions->second.value <= 0)
    sample.error = "perf counted no more instructions for twice the work";
  return sample;
}

}  // namespace pytune
