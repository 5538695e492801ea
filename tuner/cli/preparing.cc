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

std::string too_old(const Arm& arm, const Workload& workload) {
  return arm.minor == 0 || arm.minor >= workload.oldest_minor
             ? ""
             : fmt::format("needs Python 3.{} or later", workload.oldest_minor);
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
    std::string reason = unmet_need(workload);
    if (reason.empty() && request_.emulated && !workload.requirements.empty())
      reason = "needs packages, which pytune installs for this machine's interpreters only";
    if (reason.empty() && request_.emulated && !request_.cross && !workload.build.empty())
      reason = "is compiled first, which pytune does for this machine's interpreters and in sweeps";
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
                                        request_.source_tree, request_.cross};
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
      std::string reason = too_old(arm, workload);
      if (reason.empty()) reason = prepared.back().missing(workload);
      const bool for_all = find_skipped(measurement.skipped, workload.name, baseline) != nullptr;
      if (!reason.empty() && !for_all)
        measurement.skipped.push_back({workload.name, arm.id, reason});
    }
  }
}

void Measuring::note(Measurement& measurement, std::string line) {
  progress_.warn(line);
  measurement.notes.push_back(std::move(line));
}

// One workload, or all that a program turns out to hold. `of_workload`: an exception is this
// workload's; else it is the store's, and a full disk is no workload's fault.
std::vector<Workload> Measuring::calibrated(const Arm& baseline, const std::string& identity,
                                            const Workload& workload, std::string& problem,
                                            bool& of_workload) {
  nlohmann::json inputs = interpreter_identity(baseline, identity);
  inputs.update({{"workload", workload_identity(workload)},
                 {"settings", settings_text_},
                 {"host", request_.host.fingerprint()}});
  const Step step =
      store_.produce({"calibration", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        of_workload = true;
        nlohmann::json details;
        if (workload.benchmark == kEveryBenchmark) {
          std::string trouble;
          const auto found = manager_.discover(baseline, workload, trouble);
          details = {{"program", workload.name}, {"benchmarks", found}, {"problem", trouble}};
        } else {
          details = {{"workload", workload.name},
                     {"loops", manager_.calibrate(baseline, workload)}};
        }
        of_workload = false;
        return {true, details};
      });
  if (!step.details.contains("benchmarks")) {
    Workload one = workload;
    one.loops = step.details.at("loops").get<long>();
    return {one};
  }
  problem = step.details.at("problem").get<std::string>();
  auto found = step.details.at("benchmarks").get<std::vector<Workload>>();
  for (Workload& one : found) one.script = workload.script;
  return found;
}

// Two programs may call a benchmark the same. Whoever skips a program skips its benchmarks.
void Measuring::add_workload(Measurement& measurement, Workload found, const std::string& program) {
  const auto taken = [&](const std::string& name) {
    return std::any_of(measurement.workloads.begin(), measurement.workloads.end(),
                       [&](const Workload& workload) { return workload.name == name; });
  };
  if (taken(found.name)) found.name = fmt::format("{}_{}", program, found.name);
  if (taken(found.name)) {
    note(measurement, fmt::format("workload {} left out: its name is there already", found.name));
    return;
  }
  if (found.name != program) {
    const auto skipped = measurement.skipped;
    for (const Skipped& one : skipped)
      if (one.workload == program) measurement.skipped.push_back({found.name, one.arm, one.reason});
  }
  measurement.workloads.push_back(std::move(found));
}

void Measuring::calibrate(Measurement& measurement, const std::string& identity,
                          const std::vector<Workload>& suite, double minutes_done) {
  const Arm& baseline = measurement.arms.front();
  compile_pyperf(baseline);
  std::size_t number = 0;
  for (const Workload& workload : suite) {
    ++number;
    if (find_skipped(measurement.skipped, workload.name, baseline.id) != nullptr) continue;
    progress_.update(fmt::format("calibrating {} ({} of {})", workload.name, number, suite.size()),
                     minutes_done);
    bool of_workload = false;
    try {
      std::string problem;
      for (Workload& found : calibrated(baseline, identity, workload, problem, of_workload))
        add_workload(measurement, std::move(found), workload.name);
      if (!problem.empty()) note(measurement, problem);
    } catch (const CannotRun& refusal) {
      measurement.skipped.push_back({workload.name, baseline.id, refusal.what()});
    } catch (const Failure& failure) {
      if (!of_workload) throw;
      note(measurement, fmt::format("workload {} left out: {}", workload.name, failure.what()));
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
    // An emulated start takes seconds, and what runs on the baseline runs on others of its version:
    // it needs no packages (provide_packages).
    if (request_.emulated && arm.minor == measurement.arms.front().minor) continue;
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
    throw NothingToCompare("no workload runs on the baseline: see the warnings above");
  const Skipped& first = measurement.skipped.front();
  throw NothingToCompare(fmt::format(
      "nothing can be compared: no workload runs on both the baseline and "
      "another interpreter; {} on {}: {}",
      first.workload, first.arm == baseline ? "the baseline" : first.arm, first.reason));
}

}  // namespace pytune
