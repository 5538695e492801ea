#include "campaign/package_inputs.h"

#include <fmt/format.h>

#include "input/json.h"
#include "result/host_record.h"
#include "source/debian_root.h"
#include "source/sysroot.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;

fs::path source_tree_of(const Store& store, const Build& build) {
  for (const auto& step : store.list("source")) {
    if (dump_json(step.inputs).find(build.source_sha256) != std::string::npos)
      return step.directory / "tree";
  }
  throw Failure(
      fmt::format("the source tree of {} is no longer in the store (pruned?); run the sweep again",
                  build.name));
}

fs::path bare_system_for(Store& store, ProcessRunner& runner, const Build& build,
                         Listener& listener) {
  if (!build.target) return {};
  std::string why = "it is not Debian's, which pytune fetched";
  if (const auto request = runtime_request(store, build.target->sysroot)) {
    try {
      return provide_debian_root(store, runner, *request, /*offline=*/false, /*refresh=*/false)
          .root;
    } catch (const Failure& failure) {
      why = failure.what();
    }
  }
  listener.warn(fmt::format(
      "the package is tried in the sysroot, which has more than a bare system, for {}", why));
  return {};
}

nlohmann::json figures_of(const SweepResult& sweep, const Build& build) {
  nlohmann::json j = {{"sweep", sweep.id},
                      {"created", sweep.created},
                      {"evidence", name_of(evidence_of(sweep))},
                      {"host", sweep.host},
                      {"recommended", sweep.recommendation.arm == build.id}};
  for (const auto& tested : sweep.tests)
    if (tested.build == build.id) j["own_tests"] = tested;
  for (const auto& row : (sweep.confirm ? *sweep.confirm : sweep.race).arms) {
    if (row.arm == build.id) j["speed_against_baseline"] = row.speed;
  }
  for (const auto& row : sweep.race.arms) {
    if (row.arm != build.id) continue;
    for (const auto& workload : row.workloads)
      j["workloads"].push_back(
          {{"name", workload.workload}, {"speed", workload.speed}, {"blocks", workload.blocks}});
  }
  return j;
}

}  // namespace pytune
