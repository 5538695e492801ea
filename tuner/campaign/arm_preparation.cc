#include "campaign/arm_preparation.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// A calibration failed by the workload's fault. That of the store, such as a full disk, is none.
struct WorkloadFailed : Failure {
  using Failure::Failure;
};

// Why the workload does not run on this version; empty where it does.
std::string of_other_version(const Interpreter& interpreter, const Workload& workload) {
  if (interpreter.minor == 0) return "";
  if (workload.oldest_minor == kNoMinor) return "is for no Python 3";
  if (interpreter.minor < workload.oldest_minor)
    return fmt::format("needs Python 3.{} or later", workload.oldest_minor);
  if (workload.newest_minor > 0 && interpreter.minor > workload.newest_minor)
    return fmt::format("needs Python 3.{} or earlier", workload.newest_minor);
  return "";
}

// A build's identity may be in its path alone.
nlohmann::json interpreter_key(const Arm& arm) {
  const Interpreter& one = arm.interpreter;
  nlohmann::json key = {{"build", one.identity.empty() ? arm.id : one.identity},
                        {"packages", one.packages}};
  if (runs_by_own_loader(one)) key["own_loader"] = true;
  if (!one.dependencies.empty()) key["dependencies"] = one.dependencies;
  if (auto surroundings = surroundings_key(one); !surroundings.is_null())
    key["surroundings"] = std::move(surroundings);
  return key;
}

bool is_other(const Arm& arm) {
  return arm.role == Arm::Role::candidate || arm.role == Arm::Role::reference;
}

}  // namespace

Measurement ArmPreparation::run(const std::vector<Workload>& suite) {
  provide_packages(suite);
  calibrate(suite);
  try_out();
  leave_out_the_incomparable();
  return std::move(measurement_);
}

bool ArmPreparation::skips(const Arm& arm, const std::string& workload) const {
  return find_skipped(measurement_.skipped, workload, arm.id) != nullptr;
}

void ArmPreparation::skip(const std::string& workload, const Arm& arm, const std::string& reason) {
  measurement_.skipped.push_back({workload, arm.id, reason});
}

void ArmPreparation::note(std::string line) {
  runner_.site_.listener.warn(line);
  measurement_.notes.push_back(std::move(line));
}

// Why nothing can run this workload here; empty when there is no such reason.
std::string ArmPreparation::unmet_need(const Workload& workload) const {
  std::error_code error;
  for (const auto& [path, reason] : workload.needs) {
    if (!fs::exists(path, error)) return reason;
  }
  if (!emulated()) return "";
  if (!workload.requirements.empty())
    return "needs packages, which pytune installs for this machine's interpreters only";
  if (!runner_.preparations_.cross && !workload.build.empty())
    return "is compiled first, which pytune does for this machine's interpreters and in sweeps";
  return "";
}

std::vector<Workload> ArmPreparation::possible(const std::vector<Workload>& suite) {
  std::vector<Workload> workloads;
  for (const Workload& workload : suite) {
    const std::string reason = unmet_need(workload);
    if (reason.empty())
      workloads.push_back(workload);
    else
      skip(workload.name, baseline(), reason);
  }
  return workloads;
}

void ArmPreparation::provide_packages(const std::vector<Workload>& suite) {
  const std::vector<Workload> workloads = possible(suite);
  std::vector<PreparedEnvironment> prepared;
  for (Arm& arm : measurement_.arms) {
    const PreparationRequest request{arm.interpreter, workloads, runner_.preparations_.source_tree,
                                     runner_.preparations_.cross,
                                     runner_.site_.home / "profiles/workloads/packages.lock"};
    // The copy is what the baseline is, in its packages too.
    prepared.push_back(arm.role == Arm::Role::copy
                           ? prepared.front()
                           : prepare_environment(runner_.site_.store, runner_.site_.runner, request,
                                                 runner_.site_.listener));
    arm.interpreter.packages = prepared.back().packages;
    arm.interpreter.dependencies = prepared.back().dependencies;
    for (const std::string& line : prepared.back().notes)
      if (std::find(measurement_.notes.begin(), measurement_.notes.end(), line) ==
          measurement_.notes.end())
        note(line);
    for (const Workload& workload : workloads) {
      std::string reason = of_other_version(arm.interpreter, workload);
      if (reason.empty()) reason = prepared.back().missing(workload);
      if (!reason.empty() && !skips(baseline(), workload.name)) skip(workload.name, arm, reason);
    }
  }
}

ArmPreparation::Calibrated ArmPreparation::calibrated(const Workload& workload) {
  nlohmann::json inputs = interpreter_key(baseline());
  inputs.update({{"workload", workload_identity(workload)},
                 {"settings", runner_.settings_of(baseline().interpreter)},
                 {"host", runner_.host_}});
  const auto ask = [&]() -> nlohmann::json {
    try {
      if (workload.benchmark != kEveryBenchmark)
        return {{"workload", workload.name},
                {"loops", runner_.manager_.calibrate(baseline(), workload)}};
      std::string trouble;
      const auto found = runner_.manager_.discover(baseline(), workload, trouble);
      return {{"program", workload.name}, {"benchmarks", found}, {"problem", trouble}};
    } catch (const CannotRun&) {
      throw;
    } catch (const Failure& failure) {
      throw WorkloadFailed(failure.what());
    }
  };
  const Step step =
      runner_.site_.store.produce({"calibration", step_key(inputs)}, inputs,
                                  [&](const fs::path&) { return StepResult{true, ask()}; });
  if (!step.details.contains("benchmarks")) {
    Workload one = workload;
    one.loops = step.details.at("loops").get<long>();
    return {{one}, ""};
  }
  Calibrated all{step.details.at("benchmarks").get<std::vector<Workload>>(),
                 step.details.at("problem").get<std::string>()};
  for (Workload& one : all.workloads) one.script = workload.script;
  return all;
}

// Two programs may call a benchmark the same. Whoever skips a program skips its benchmarks.
void ArmPreparation::add_workload(Workload found, const std::string& program) {
  auto& workloads = measurement_.workloads;
  const auto taken = [&](const std::string& name) {
    return std::any_of(workloads.begin(), workloads.end(),
                       [&](const Workload& workload) { return workload.name == name; });
  };
  if (taken(found.name)) found.name = fmt::format("{}_{}", program, found.name);
  if (taken(found.name)) {
    note(fmt::format("workload {} left out: its name is there already", found.name));
    return;
  }
  if (found.name != program) {
    const auto skipped = measurement_.skipped;
    for (const Skipped& one : skipped)
      if (one.workload == program)
        measurement_.skipped.push_back({found.name, one.arm, one.reason});
  }
  workloads.push_back(std::move(found));
}

void ArmPreparation::calibrate(const std::vector<Workload>& suite) {
  runner_.compile_pyperf(baseline().interpreter);
  std::size_t number = 0;
  for (const Workload& workload : suite) {
    ++number;
    if (skips(baseline(), workload.name)) continue;
    const Activity activity(
        runner_.site_.listener,
        fmt::format("calibrating {} ({} of {})", workload.name, number, suite.size()));
    try {
      Calibrated all = calibrated(workload);
      for (Workload& found : all.workloads) add_workload(std::move(found), workload.name);
      if (!all.problem.empty()) note(all.problem);
    } catch (const CannotRun& refusal) {
      skip(workload.name, baseline(), refusal.what());
    } catch (const WorkloadFailed& failure) {
      note(fmt::format("workload {} left out: {}", workload.name, failure.what()));
    }
  }
}

// A script that runs is kept as a step, so that only those that do not are asked again by the next
// run: what was missing may be there by then.
void ArmPreparation::try_out() {
  for (const Arm& arm : measurement_.arms) {
    if (!is_other(arm)) continue;
    // An emulated start takes seconds, and what runs on the baseline runs on others of its version:
    // it needs no packages (provide_packages).
    if (emulated() && arm.interpreter.minor == baseline().interpreter.minor) continue;
    for (const Workload& workload : measurement_.workloads) {
      if (skips(arm, workload.name)) continue;
      const Activity activity(runner_.site_.listener,
                              fmt::format("trying {} with {}", workload.name, arm.label));
      nlohmann::json inputs = interpreter_key(arm);
      inputs["workload"] = workload_identity(workload);
      try {
        runner_.site_.store.produce({"trial", step_key(inputs)}, inputs, [&](const fs::path&) {
          runner_.manager_.try_out(arm, workload);
          return StepResult{true, {{"workload", workload.name}}};
        });
      } catch (const CannotRun& refusal) {
        skip(workload.name, arm, refusal.what());
      }
    }
  }
}

// The baseline and its copy alone would be measured for nothing.
void ArmPreparation::leave_out_the_incomparable() {
  std::erase_if(measurement_.workloads, [&](const Workload& workload) {
    return std::none_of(measurement_.arms.begin(), measurement_.arms.end(), [&](const Arm& arm) {
      return is_other(arm) && !skips(arm, workload.name);
    });
  });
  if (!measurement_.workloads.empty()) return;
  if (std::none_of(measurement_.arms.begin(), measurement_.arms.end(), is_other))
    throw NothingToCompare(
        "nothing is left to compare with the baseline: each other build failed, or has its code");
  if (measurement_.skipped.empty())
    throw NothingToCompare("no workload runs on the baseline: see the warnings above");
  const Skipped& first = measurement_.skipped.front();
  throw NothingToCompare(fmt::format(
      "nothing can be compared: no workload runs on both the baseline and "
      "another interpreter; {} on {}: {}",
      first.workload, first.arm == baseline().id ? "the baseline" : first.arm, first.reason));
}

}  // namespace pytune
