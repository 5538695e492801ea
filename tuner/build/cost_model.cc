#include "build/cost_model.h"

#include <algorithm>
#include <vector>

namespace pytune {
namespace {

// On top of the guess for a training, which is of a slower machine: where a native one took 5 CPU
// seconds, one under QEMU 7.2 took 40 (3.13, gcc 12).
constexpr double kEmulatedTraining = 1.2;
// Two emulated workers, most of it their start; as many samples at once as there are CPUs.
constexpr double kEmulatedSecondsPerSample = 9;
constexpr double kEmulatedSecondsPerNumericSample = 15;
constexpr double kUpstreamTaskFactor = 40;  // CPython's own task runs for half an hour instrumented
constexpr double kLtoFactor = 1.2;          // full LTO's link on top of compilation
// Of bf16mm's networks, of which one value takes longer than it needs to, and of compiling bf16mm
// for one interpreter on one CPU; seen on a virtual machine of two.
constexpr double kSecondsPerNumericSample = 1.2;
constexpr double kSecondsToCompileNumeric = 20;
constexpr double kSecondsToStart = 0.06;    // one worker process, with pyperf and the workload
constexpr double kValueOverMinTime = 1.45;  // loops are doubled until min_time is reached

double arms_for(const MeasureSettings& m, std::size_t builds) {
  return static_cast<double>(builds) + 1 + (m.system_python ? 1 : 0);  // and the A/A copy
}

}  // namespace

History::History(const Store& store) {
  for (const StageFacts& facts : kStages) {
    std::vector<double> minutes;
    for (const auto& step : store.list(std::string(facts.name))) {
      const double seconds = step.details.value("cpu_seconds", 0.0);
      if (step.ok && seconds > 0) minutes.push_back(seconds / 60);
    }
    if (minutes.empty()) continue;
    std::nth_element(minutes.begin(),
                     minutes.begin() + static_cast<std::ptrdiff_t>(minutes.size() / 2),
                     minutes.end());
    seen_[facts.kind] = minutes[minutes.size() / 2];
  }
}

double History::cpu_minutes(const Recipe& recipe, StageKind kind) const {
  if (const auto known = seen_.find(kind); known != seen_.end() && kind != StageKind::train)
    return known->second;
  double minutes = facts_of(kind).cpu_minutes;
  const auto pgo = recipe.configuration.get<Pgo>();
  if (kind == StageKind::train && (pgo == Pgo::Value::upstream || pgo == Pgo::Value::both))
    minutes *= kUpstreamTaskFactor;
  if (kind == StageKind::train && recipe.target != nullptr) minutes *= kEmulatedTraining;
  if (kind == StageKind::compile && recipe.configuration.get<Lto>() == Lto::Value::full)
    minutes *= kLtoFactor;
  return minutes;
}

double wall_minutes(double cpu_minutes, int cpus) {
  constexpr double kEfficiency = 0.92;  // configure and links leave CPUs idle now and then
  return cpu_minutes / (kEfficiency * cpus);
}

double numeric_minutes_for(const MeasureSettings& m, std::size_t builds,
                           const PlanRequest& request) {
  if (request.numeric_workloads == 0) return 0;
  const double per_sample =
      request.emulated ? kEmulatedSecondsPerNumericSample / request.cpus : kSecondsPerNumericSample;
  return arms_for(m, builds) *
         (m.numeric_rounds * request.numeric_workloads * per_sample + kSecondsToCompileNumeric) /
         60;
}

double measure_minutes_for(const MeasureSettings& m, int workloads, std::size_t builds,
                           const PlanRequest& request) {
  const double per_process = request.emulated
                                 ? kEmulatedSecondsPerSample / request.cpus
                                 : kSecondsToStart + (m.workers.values + m.workers.warmups) *
                                                         m.workers.min_time * kValueOverMinTime;
  const double confirm = builds > 1 ? m.confirm_rounds * workloads * 4.0 : 0;
  const double rebuilt = m.rebuilds > 0 ? m.confirm_rounds * workloads * (2.0 * m.rebuilds + 1) : 0;
  return (m.rounds * workloads * arms_for(m, builds) + confirm + rebuilt) * per_process / 60 +
         numeric_minutes_for(m, builds, request);
}

}  // namespace pytune
