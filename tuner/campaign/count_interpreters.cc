#include "campaign/count_interpreters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "perf/probe.h"

namespace pytune {
namespace {

// User-space counts repeat far better than times; the second shows when they do not.
constexpr int kRoundsPerPass = 2;

// The copy tells how times stray; it would count what the baseline does.
std::vector<Arm> counted_arms(const MeasureResult& result) {
  std::vector<Arm> arms;
  for (const Arm& arm : result.measurement.arms)
    if (arm.role != Arm::Role::copy) arms.push_back(arm);
  return arms;
}

void add_notes(std::vector<std::string>& notes, const CounterProbe& probe) {
  if (!probe.missing.empty())
    notes.push_back(fmt::format("hardware counters that this machine does not show: {}",
                                fmt::join(probe.missing, ", ")));
  if (probe.multiplexed)
    notes.emplace_back(
        "hardware counters: fewer than two events at once fit here, so perf extrapolates; if a "
        "watchdog holds one: sysctl kernel.nmi_watchdog=0");
}

}  // namespace

void count_interpreters(MeasureResult& result, PhaseRunner& runner, const Site& site) {
  Measurement& measurement = result.measurement;
  const CounterProbe probe = [&] {
    const Activity looking(site.listener, "looking for hardware counters");
    return probe_counters(site.runner, read_core("/"),
                          command_of(measurement.arms.front().interpreter, {}).argv);
  }();
  if (!probe.problem.empty()) {
    measurement.notes.push_back("counters: " + probe.problem);
    return;
  }
  add_notes(measurement.notes, probe);
  const auto arms = counted_arms(result);
  const int rounds = kRoundsPerPass * static_cast<int>(probe.passes.events.size());
  std::size_t timed = 0;
  for (const Block& block : measurement.blocks) timed += block.samples.size();
  const double minutes_each = timed == 0 ? 0 : result.minutes / static_cast<double>(timed);
  const auto workers = static_cast<double>(arms.size() * measurement.workloads.size()) * rounds;
  site.listener.expect(workers * minutes_each);
  auto blocks = runner.run(measurement, arms,
                           {.phase = Phase::counters,
                            .end = rounds,
                            .seed = runner.request().seed,
                            .minutes_per_worker = minutes_each,
                            .passes = probe.passes});
  for (const std::string& note : failure_notes(blocks))
    measurement.notes.push_back("while counting: " + note);
  measurement.blocks.insert(measurement.blocks.end(), std::make_move_iterator(blocks.begin()),
                            std::make_move_iterator(blocks.end()));
  result.counters = compare_counters(measurement, probe.core);
}

}  // namespace pytune
