#include "verify/builds.h"

#include <fmt/format.h>

#include <map>

#include "build/patched_source.h"
#include "build/scheduler.h"
#include "sys/error.h"
#include "toolchain/flags.h"

namespace pytune {
namespace {

std::optional<std::string> resolve_here(Configuration& configuration, ToolchainProbe& probe) {
  if (auto why = resolve(configuration, probe)) return why;
  std::string reason;
  const Toolchain* toolchain = probe.probe(configuration.get<Compiler>(), reason);
  if (toolchain == nullptr) return reason;
  return impossible(configuration, *toolchain, probe);
}

// Every recipe of one place, the unpatched one first.
template <typename See>
void for_each_recipe(const PlaceBuilds& place, const See& see) {
  if (place.recipe) see(*place.recipe);
  for (const auto& patched : place.patched)
    if (patched.recipe) see(*patched.recipe);
}

// What the store lacks, in wall minutes on so many CPUs.
std::map<StepId, double> stage_minutes(const Store& store, const std::vector<PlaceBuilds>& places,
                                       int cpus) {
  std::map<StepId, double> minutes;
  for (const auto& place : places)
    for_each_recipe(place, [&](const Recipe& recipe) {
      for (const StageRecipe* stage : recipe.stages())
        if (!store.find(stage->id)) minutes[stage->id] = facts_of(stage->kind).cpu_minutes / cpus;
    });
  return minutes;
}

std::string failure_line(const BuildFailure& failure) {
  return fmt::format("{}: {}; {}", failure.failure_class, failure.message, failure.remedy);
}

GateRow build_row(const PlaceBuilds& place, const std::string& patch, const Build& build) {
  if (build.ok())
    return {"builds",
            place.name,
            patch,
            GateOutcome::passed,
            fmt::format("in {:.0f} s", build.build_seconds),
            ""};
  return {"builds",          place.name, patch, GateOutcome::failed, failure_line(*build.failure),
          build.failure->log};
}

}  // namespace

std::string place_name(const std::string& compiler, const Target* target) {
  return target == nullptr ? compiler : fmt::format("{} for {}", compiler, target->profile.name);
}

PlaceBuilds plan_place(const VerifyContext& context, ToolchainProbe& probe, const Place& place,
                       const std::vector<Variant>& variants) {
  PlaceBuilds planned;
  planned.place = place;
  planned.name = place_name(place.compiler, place.target);
  Configuration configuration;
  configuration.set<Compiler>(place.compiler);
  configuration.set<OptLevel>(context.options.opt);
  if (const auto why = resolve_here(configuration, probe)) {
    planned.problem = *why;
    return planned;
  }
  std::string reason;
  const Toolchain& toolchain = *probe.probe(configuration.get<Compiler>(), reason);
  planned.name = place_name(toolchain.name, place.target);
  const Source& source = context.building.source;
  const auto recipe = [&](const Configuration& resolved, const std::string& patch) {
    return make_recipe(resolved, fmt::format("{}, {}", planned.name, patch), toolchain,
                       {source, context.building.training, place.target, &context.series});
  };
  planned.recipe = recipe(configuration, "unpatched");
  for (const Variant& variant : variants) {
    PlaceBuilds::Patched patched;
    patched.variant = variant;
    Configuration with = configuration;
    with.set<Patches>(variant.patch);
    if (const auto why = resolve_patches(with, &context.series, source))
      patched.problem = *why;
    else
      patched.recipe = recipe(with, variant.patch);
    planned.patched.push_back(std::move(patched));
  }
  return planned;
}

double builds_minutes(const Store& store, const std::vector<PlaceBuilds>& places, int cpus) {
  double minutes = 0;
  for (const auto& [id, one] : stage_minutes(store, places, cpus)) minutes += one;
  return minutes;
}

void build_places(VerifyContext& context, std::vector<PlaceBuilds>& places) {
  BuildOrder order;
  for (const auto& place : places)
    for_each_recipe(place, [&](const Recipe& recipe) { order.recipes.push_back(recipe); });
  if (order.recipes.empty()) return;
  order.parallel = context.options.parallel;
  order.minutes = stage_minutes(context.store(), places, context.building.jobs.tokens());
  const auto builds = run_builds(context.building, order, context.listener);
  std::size_t next = 0;
  for (auto& place : places) {
    if (!place.recipe) continue;
    place.plain = builds[next++];
    if (!place.plain.ok()) place.problem = "the unpatched source does not build";
    for (auto& patched : place.patched) {
      if (!patched.recipe) continue;
      patched.build = builds[next++];
      if (!patched.build.ok()) patched.problem = "it does not build";
    }
  }
}

std::vector<GateRow> builds_rows(const std::vector<PlaceBuilds>& places) {
  std::vector<GateRow> rows;
  for (const auto& place : places) {
    if (!place.recipe) {
      rows.push_back({"builds", place.name, kSeriesRow, GateOutcome::skipped, place.problem, ""});
      continue;
    }
    rows.push_back(build_row(place, "unpatched", place.plain));
    for (const auto& patched : place.patched)
      rows.push_back(patched.recipe ? build_row(place, patched.variant.patch, patched.build)
                                    : GateRow{"builds", place.name, patched.variant.patch,
                                              GateOutcome::skipped, patched.problem, ""});
  }
  return rows;
}

}  // namespace pytune
