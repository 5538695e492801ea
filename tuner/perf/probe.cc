#include "perf/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "input/text.h"
#include "perf/count_sink.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

using Reading = EventReading::State;

// Long enough for the kernel to take turns between events several times: it does so every 4 ms
// (/sys/bus/event_source/devices/*/perf_event_mux_interval_ms).
constexpr const char* kProgram = "for i in range(300000): pass";
constexpr std::array<std::size_t, 3> kPassSizes = {4, 3, 2};

class Prober {
 public:
  Prober(ProcessRunner& runner, std::string perf, std::vector<std::string> python)
      : runner_(runner), perf_(std::move(perf)), python_(std::move(python)) {}

  PerfStat count(const std::vector<CounterEvent>& events) {
    const CountSink sink;
    Command command;
    command.argv = perf_stat_words(perf_, events, sink);
    command.argv.insert(command.argv.end(), python_.begin(), python_.end());
    for (const char* word : {"-I", "-c", kProgram}) command.argv.emplace_back(word);
    command.cwd = "/";
    command.environment = environment_for(Audience::tool);
    command.environment->insert_or_assign("LC_ALL", "C.UTF-8");
    for (const auto& [name, value] : perf_environment())
      command.environment->insert_or_assign(name, value);
    command.inherited_fds = {sink.fd()};
    command.timeout = std::chrono::seconds(60);
    command.output_limit = 1 << 20;
    last_ = runner_.run(command);
    PerfStat counts = sink.read();
    if (!last_.ok()) counts = {{}, perf_refusal(last_)};
    return counts;
  }

  Reading state(const CounterEvent& event) {
    const PerfStat counts = count({event});
    const auto found = counts.events.find(event.perf);
    if (found != counts.events.end()) return found->second.state;
    if (refusal_.empty())
      refusal_ = counts.error.empty() ? "perf answered for another event" : counts.error;
    return Reading::not_supported;
  }

  bool permitted() const { return refusal_.find("not permitted") == std::string::npos; }
  const std::string& refusal() const { return refusal_; }

  // Whether each event has a counter of its own all the time.
  bool fits(const std::vector<CounterEvent>& events) {
    const PerfStat counts = count(events);
    return std::all_of(events.begin(), events.end(), [&](const CounterEvent& event) {
      const auto found = counts.events.find(event.perf);
      return found != counts.events.end() && found->second.state == Reading::counted &&
             found->second.running >= 100;
    });
  }

 private:
  ProcessRunner& runner_;
  std::string perf_;
  std::vector<std::string> python_;
  Outcome last_;
  std::string refusal_;  // the first
};

std::string why_none(const Prober& prober) {
  if (!prober.refusal().empty()) return prober.refusal();
  return "this machine has no hardware counters (most virtual machines have none): measure on a "
         "bare-metal instance; times do not need them";
}

}  // namespace

std::string perf_refusal(const Outcome& outcome) {
  if (outcome.output.find("perf_event_paranoid") != std::string::npos ||
      outcome.output.find("No permission") != std::string::npos ||
      outcome.output.find("Permission denied") != std::string::npos ||
      outcome.output.find("Operation not permitted") != std::string::npos)
    return "perf is not permitted to this user: sysctl kernel.perf_event_paranoid=2, or run as "
           "root (in a container: start it with --cap-add PERFMON)";
  const std::string tail = last_line(outcome.output, 200);
  return fmt::format(
      "perf does not work here ({}{}{}): install the one made for this kernel "
      "(Debian: apt-get install linux-perf)",
      outcome.ok() ? "it wrote nothing" : outcome.describe(), tail.empty() ? "" : ": ", tail);
}

CounterProbe probe_counters(ProcessRunner& runner, const Core& core,
                            const std::vector<std::string>& python) {
  CounterProbe probe;
  probe.core = core;
  const auto perf = find_program("perf");
  if (!perf) {
    probe.problem = kNoPerf;
    return probe;
  }
  probe.perf = probe.passes.perf = perf->string();
  Prober prober(runner, probe.perf, python);
  std::vector<CounterEvent> supported;
  const std::vector<CounterEvent> all = counter_events(core_name(core));
  for (const CounterEvent& event : all) {
    if (prober.state(event) == Reading::counted)
      supported.push_back(event);
    else
      probe.missing.push_back(event.name);
    if (!prober.permitted()) break;  // it would be refused once for each
  }
  // Without instructions there is nothing to divide by, and nothing to compare.
  if (supported.empty() || supported.front().name != all.front().name) {
    probe.problem = why_none(prober);
    return probe;
  }
  if (prober.fits(supported)) {
    probe.passes.events = {supported};
    return probe;
  }
  std::size_t most = kPassSizes.back();
  bool fits = false;
  for (const std::size_t size : kPassSizes) {
    const auto passes = passes_of(supported, size);
    fits = std::all_of(passes.begin(), passes.end(),
                       [&](const auto& pass) { return prober.fits(pass); });
    most = size;
    if (fits) break;
  }
  probe.passes.events = passes_of(supported, most);
  probe.multiplexed = !fits;
  return probe;
}

}  // namespace pytune
