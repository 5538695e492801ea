#include "campaign/sweep_key.h"

#include "sys/files.h"

namespace pytune {
namespace {

nlohmann::json identities(const std::vector<Workload>& workloads) {
  nlohmann::json all = nlohmann::json::array();
  for (const Workload& workload : workloads) all.push_back(workload_identity(workload));
  return all;
}

}  // namespace

nlohmann::json sweep_inputs(const SweepRequest& request, const Plan& plan,
                            const std::vector<Build>& builds, const Entrants& entrants) {
  const MeasureSettings& measure = request.spec.measure;
  const WorkerSettings& workers = measure.workers;
  nlohmann::json j = {{"sweep", request.spec.name},
                      {"seed", request.seed},
                      {"cpus", workers.cpus},
                      {"host", entrants.host.fingerprint()},
                      {"rounds", measure.rounds},
                      {"confirm_rounds", measure.confirm_rounds},
                      {"values", workers.values},
                      {"warmups", workers.warmups},
                      {"min_time", workers.min_time},
                      {"system_python", measure.system_python ? request.system_python : "none"},
                      {"builds", nlohmann::json::array()},
                      {"workloads", identities(entrants.suite.workloads)}};
  if (measure.rebuilds > 0) j["rebuilds"] = measure.rebuilds;
  if (measure.numeric_rounds > 0) {
    j["numeric_rounds"] = measure.numeric_rounds;
    if (!entrants.numeric.workloads.empty()) j["numeric"] = identities(entrants.numeric.workloads);
  }
  if (entrants.target != nullptr) {
    const EmulatedMachine& machine = entrants.target->machine;
    j["emulated"] = {
        {"emulator", machine.emulator.sha256},
        {"cpu", machine.cpu},
        {"plugin", sha256_file(machine.plugin)},
        {"distributors", entrants.reference ? entrants.reference->interpreter.python : ""}};
  }
  if (!entrants.preloaded.empty()) j["preloaded"] = entrants.preloaded;
  if (!entrants.qualifying.empty()) j["own_tests"] = entrants.qualifying;
  if (workers.timeout != WorkerSettings().timeout)
    j["timeout"] = std::chrono::duration_cast<std::chrono::seconds>(workers.timeout).count();
  for (const auto& build : builds)
    j["builds"].push_back(
        {build.id, build.name, build.ok() ? build.code_sha256 : build.failure->failure_class});
  for (const auto& dropped : plan.dropped)
    j["dropped"].push_back(nlohmann::json(dropped.point.configuration.canonical()));
  return j;
}

}  // namespace pytune
