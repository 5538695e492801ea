#include "verify/building.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "build/patched_source.h"
#include "build/scheduler.h"
#include "sys/error.h"
#include "toolchain/flags.h"

namespace pytune {
namespace {

// CPU minutes of a stage at -O3, by builds of 3.13 with gcc 12 on a 2.3 GHz Xeon.
double stage_minutes(const std::string& kind) {
  return kind == "configure" ? 0.9 : kind == "compile" ? 3.6 : 0.3;
}

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

class StageWatch {
 public:
  explicit StageWatch(Watch& watch) : watch_(watch) {}

  BuildEvents events() {
    BuildEvents events;
    events.started = [this](const StageReport& report) { watch_.started(name(report)); };
    events.finished = [this](const StageReport& report) {
      // What the store has was not expected.
      watch_.finished(name(report), report.cached ? 0 : stage_minutes(report.stage->id.kind),
                      report.cached);
      if (!report.ok)
        watch_.line(fmt::format("FAILED {}: {}: {}", name(report), report.failure->failure_class,
                                report.failure->message));
      else if (!report.cached)
        watch_.line(fmt::format("{} in {:.0f} s", name(report), report.wall_seconds));
    };
    return events;
  }

 private:
  static std::string name(const StageReport& report) {
    return fmt::format("{} ({})", report.stage->id.kind, report.configuration);
  }
  Watch& watch_;
};

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
    return make_recipe(resolved, fmt::format("{}, {}", planned.name, patch), toolchain, source,
                       context.building.training, 0, place.target, &context.series);
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

double building_minutes(const Store& store, const std::vector<PlaceBuilds>& places, int cpus) {
  std::set<StepId> missing;
  for (const auto& place : places)
    for_each_recipe(place, [&](const Recipe& recipe) {
      for (const StageRecipe* stage : recipe.stages())
        if (!store.find(stage->id)) missing.insert(stage->id);
    });
  double minutes = 0;
  for (const auto& id : missing) minutes += stage_minutes(id.kind);
  return minutes / cpus;
}

void build_places(VerifyContext& context, std::vector<PlaceBuilds>& places) {
  std::vector<Recipe> recipes;
  for (const auto& place : places)
    for_each_recipe(place, [&](const Recipe& recipe) { recipes.push_back(recipe); });
  if (recipes.empty()) return;
  StageWatch stages(context.watch);
  const auto builds =
      run_builds(context.building, recipes, context.options.parallel, stages.events());
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

std::vector<GateRow> building_rows(const std::vector<PlaceBuilds>& places) {
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
