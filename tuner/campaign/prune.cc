#include "campaign/prune.h"

#include <algorithm>
#include <optional>
#include <set>

#include "build/patched_source.h"
#include "build/stage_kinds.h"
#include "build/stages.h"
#include "interpreter/environment.h"
#include "sys/error.h"

namespace pytune {
namespace {

// What can be made again from what stays. Results and sources stay unless --all.
bool is_intermediate(const std::string& kind) {
  return std::any_of(
             kStages.begin(), kStages.end(),
             [&](const StageFacts& stage) { return stage.prunable && stage.name == kind; }) ||
         kind == kPatchedStep || kind == kAttemptStep || kind == kEnvironmentStep;
}

// Builds that no finished sweep mentions are of no use to recommend and package.
std::set<std::string> mentioned_builds(const Store& store) {
  std::set<std::string> ids;
  for (const auto& step : store.list("sweep")) {
    const auto rebuilds = step.details.value("rebuilds", nlohmann::json::object());
    for (const auto& made : {step.details, rebuilds}) {
      for (const auto& build : made.value("builds", nlohmann::json::array()))
        ids.insert(build.value("id", ""));
    }
  }
  return ids;
}

}  // namespace

std::size_t prune(Store& store, const PruneRequest& request,
                  const std::function<void(const StepId&)>& gone) {
  std::optional<FileLock> busy;
  if (!request.dry_run) {
    store.sweep_leftovers();
    busy = store.try_lock("prune");
    if (!busy) throw Failure("another prune is under way with this store");
  }
  const auto mentioned = mentioned_builds(store);
  const auto goes = [&](const StepId& id) {
    const bool orphan = id.kind == facts_of(StageKind::finish).name && !mentioned.contains(id.key);
    return request.all || ((is_intermediate(id.kind) || orphan) && store.find(id));
  };
  std::size_t kept = 0;
  for (const auto& kind : store.kinds()) {
    for (const StepId& id : store.directories(kind)) {
      if (!goes(id)) continue;
      if (store.prune(id))
        gone(id);
      else
        ++kept;
    }
  }
  return kept;
}

}  // namespace pytune
