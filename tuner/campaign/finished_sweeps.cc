#include "campaign/finished_sweeps.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/suggestion.h"
#include "sys/error.h"

namespace pytune {

SweepResult finished_sweep(const Store& store, const std::string& id) {
  const auto sweeps = store.list("sweep");
  if (sweeps.empty())
    throw UsageError(fmt::format(
        "{}: no finished sweep there; run `pytune sweep --preset quick` first, or give its --store",
        store.root().string()));
  if (id.empty()) return sweeps.back().details.get<SweepResult>();
  std::vector<std::string> known;
  for (const auto& step : sweeps) {
    if (step.id.key.starts_with(id)) return step.details.get<SweepResult>();
    known.push_back(step.id.key);
  }
  throw UsageError(fmt::format("no finished sweep \"{}\"{}", id, suggestion(id, known)));
}

const Build& chosen_build(const SweepResult& result, const std::string& wanted) {
  const std::string arm = wanted.empty() ? result.recommendation.arm : wanted;
  std::vector<std::string> names;
  for (const auto& build : result.builds) {
    names.push_back(build.name);
    if (build.name != arm && (arm.size() < 4 || !build.id.starts_with(arm))) continue;
    if (!build.ok())
      throw UsageError(fmt::format("\"{}\" was not built: {}: {}", build.name,
                                   build.failure->failure_class, build.failure->message));
    if (!std::filesystem::exists(build.python))
      throw UsageError(fmt::format(
          "\"{}\" is no longer in the store (pruned?); run the sweep again", build.name));
    return build;
  }
  throw UsageError(fmt::format("no build \"{}\" in this sweep{}", arm, suggestion(arm, names)));
}

}  // namespace pytune
