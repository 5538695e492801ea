// What Measuring does before the first block: who runs what, with which packages and loops.
#include <fmt/format.h>

#include <algorithm>

#include "cli/measuring.h"
#include "measure/environment.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Why nothing can run this workload on this machine; empty when there is no such reason.
std::string unmet_need(const Workload& workload) {
  std::error_code error;
  for (const auto& [path, reason] : workload.needs) {
    if (!fs::exists(path, error)) return reason;
  }
  return "";
}

// A build's identity may be in its path alone.
nlohmann::json interpreter_identity(const Arm& arm, const std::string& identity) {
  return {{"build", identity.empty() ? arm.id : identity}, {"packages", arm.python_path}};
}

bool is_other(const Arm& arm) {
  return arm.role == Arm::Role::candidate || arm.role == Arm::Role::reference;
}

}  // namespace

void Measuring::prepare(Measurement& measurement, const std::vector<std::string>& identities,
                        const std::vector<Workload>& suite, double minutes_done) {
  provide_packages(measurement, identities, suite, minutes_done);
  calibrate(measurement, identities.front(), suite, minutes_done);
  try_out(measurement, identities, minutes_done);
  leave_out_the_incomparable(measurement);
}

void Measuring::provide_packages(Measurement& measurement,
                                 const std::vector<std::string>& identities,
                                 const std::vector<Workload>& suite, double minutes_done) {
  const std::string baseline = measurement.arms.front().id;
  std::vector<Workload> possible;
  for (const Workload& workload : suite) {
    const std::string reason = unmet_need(workload);
    if (reason.empty())
      possible.push_back(workload);
    else
      measurement.skipped.push_back({workload.name, baseline, reason});
  }
  std::vector<PreparedEnvironment> prepared;
  prepared.reserve(measurement.arms.size());
  for (std::size_t i = 0; i < measurement.arms.size(); ++i) {
    Arm& arm = measurement.arms[i];
    const PreparationRequest request = {arm.python, identities.at(i), possible,
                                        request_.source_tree};
    // The copy is what the baseline is, in its packages too.
    prepared.push_back(
        arm.role == Arm::Role::copy
            ? prepared.front()
            : prepare_environment(store_, runner_, request, [&](const std::string& activity) {
                progress_.update(activity, minutes_done);
                progress_.line(activity);
              }));
    arm.python_path = prepared.back().python_path;
    for (const Workload& workload : possible) {
      const std::string reason = prepared.back().missing(workload);
      const bool for_all = find_skipped(measurement.skipped, workload.name, baseline) != nullptr;
      if (!reason.empty() && !for_all)
        measurement.skipped.push_back({workload.name, arm.id, reason});
    }
  }
}

void Measuring::calibrate(Measurement& measurement, const std::string& identity,
                          const std::vector<Workload>& suite, double minutes_done) {
  const Arm& baseline = measurement.arms.front();
  for (Workload workload : suite) {
    if (find_skipped(measurement.skipped, workload.name, baseline.id) != nullptr) continue;
    progress_.update(fmt::format("calibrating {}", workload.name), minutes_done);
    nlohmann::json inputs = interpreter_identity(baseline, identity);
    inputs.update({{"workload", workload_identity(workload)},
                   {"settings", settings_text_},
                   {"host", request_.host.fingerprint()}});
    try {
      const Step step =
          store_.produce({"calibration", step_key(inputs)}, inputs, [&](const fs::path&) {
            return StepResult{
                true,
                {{"workload", workload.name}, {"loops", manager_.calibrate(baseline, workload)}}};
          });
      workload.loops = step.details.at("loops").get<long>();
      measurement.workloads.push_back(workload);
    } catch (const CannotRun& refusal) {
      measurement.skipped.push_back({workload.name, baseline.id, refusal.what()});
    } catch (const Failure& failure) {
      measurement.notes.push_back(
          fmt::format("workload {} left out: {}", workload.name, failure.what()));
      progress_.warn(measurement.notes.back());
    }
  }
}

// A script that runs is kept as a step, so that only those that do not are asked again by the next
// run: what was missing may be there by then.
void Measuring::try_out(Measurement& measurement, const std::vector<std::string>& identities,
                        double minutes_done) {
  for (std::size_t i = 0; i < measurement.arms.size(); ++i) {
    const Arm& arm = measurement.arms[i];
    if (!is_other(arm)) continue;
    for (const Workload& workload : measurement.workloads) {
      if (find_skipped(measurement.skipped, workload.name, arm.id) != nullptr) continue;
      progress_.update(fmt::format("trying {} with {}", workload.name, arm.label), minutes_done);
      nlohmann::json inputs = interpreter_identity(arm, identities.at(i));
      inputs["workload"] = workload_identity(workload);
      try {
        store_.produce({"trial", step_key(inputs)}, inputs, [&](const fs::path&) {
          manager_.try_out(arm, workload);
          return StepResult{true, {{"workload", workload.name}}};
        });
      } catch (const CannotRun& refusal) {
        measurement.skipped.push_back({workload.name, arm.id, refusal.what()});
      }
    }
  }
}

// The baseline and its copy alone would be measured for nothing.
void Measuring::leave_out_the_incomparable(Measurement& measurement) {
  const std::string& baseline = measurement.arms.front().id;
  std::erase_if(measurement.workloads, [&](const Workload& workload) {
    const bool compared =
        std::any_of(measurement.arms.begin(), measurement.arms.end(), [&](const Arm& arm) {
          return is_other(arm) &&
                 find_skipped(measurement.skipped, workload.name, arm.id) == nullptr;
        });
    return !compared;
  });
  if (!measurement.workloads.empty()) return;
  if (measurement.skipped.empty())
    throw Failure("no workload runs on the baseline: see the warnings above");
  const Skipped& first = measurement.skipped.front();
  throw Failure(fmt::format(
      "nothing can be compared: no workload runs on both the baseline and "
      "another interpreter; {} on {}: {}",
      first.workload, first.arm == baseline ? "the baseline" : first.arm, first.reason));
}

}  // namespace pytune
