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
// CPython's own task, instrumented: 53 CPU seconds were seen (3.14, clang 19, tail calls).
constexpr double kUpstreamTask = 1.5;
constexpr double kEmulatedSlowdown = 8;  // as of kEmulatedTraining
constexpr double kLtoFactor = 1.9;       // full: 1.8 and 2.0 were seen (3.14, clang 19)
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

CostClass cost_class(StageKind kind, const nlohmann::json& inputs) {
  CostClass of{.kind = kind, .emulated = inputs.contains("emulated")};
  const auto programs = inputs.find("programs");
  of.upstream = kind == StageKind::train && programs != inputs.end() && programs->is_string() &&
                programs->get_ref<const std::string&>().starts_with("upstream");
  const auto make = inputs.find("make");
  if (make == inputs.end() || !make->is_array()) return of;
  of.full_lto = std::any_of(make->begin(), make->end(), [](const nlohmann::json& word) {
    if (!word.is_string()) return false;
    const auto& text = word.get_ref<const std::string&>();
    return text.find("-flto") != std::string::npos && text.find("-flto=thin") == std::string::npos;
  });
  return of;
}

History::History(const Store& store) {
  std::map<CostClass, std::vector<double>> minutes;
  for (const StageFacts& facts : kStages) {
    for (const auto& step : store.list(std::string(facts.name))) {
      const double seconds = step.details.value("cpu_seconds", 0.0);
      if (step.ok && seconds > 0)
        minutes[cost_class(facts.kind, step.inputs)].push_back(seconds / 60);
    }
  }
  for (auto& [of, all] : minutes) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    seen_[of] = *middle;
  }
}

double History::cpu_minutes(const StageRecipe& stage) const {
  CostClass of = cost_class(stage.kind, stage.inputs);
  if (const auto known = seen_.find(of); known != seen_.end()) return known->second;
  double factor = 1;
  if (of.full_lto) {
    of.full_lto = false;
    factor = kLtoFactor;
    if (const auto known = seen_.find(of); known != seen_.end()) return known->second * factor;
  }
  if (of.upstream) return kUpstreamTask * (of.emulated ? kEmulatedSlowdown : 1);
  if (stage.kind == StageKind::train && of.emulated) factor *= kEmulatedTraining;
  return facts_of(stage.kind).cpu_minutes * factor;
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
  const double per_process =
      request.emulated ? kEmulatedSecondsPerSample / request.cpus
                       : std::max(request.least_seconds,
                                  kSecondsToStart + (m.workers.values + m.workers.warmups) *
                                                        m.workers.min_time * kValueOverMinTime);
  const double confirm = builds > 1 ? m.confirm_rounds * workloads * 4.0 : 0;
  const double rebuilt = m.rebuilds > 0 ? m.confirm_rounds * workloads * (2.0 * m.rebuilds + 1) : 0;
  return (m.rounds * workloads * arms_for(m, builds) + confirm + rebuilt) * per_process / 60 +
         numeric_minutes_for(m, builds, request);
}

}  // namespace pytune
