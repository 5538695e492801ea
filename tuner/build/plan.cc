#include "build/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "build/bill.h"
#include "build/cost_model.h"
#include "build/feasible.h"
#include "build/selection.h"
#include "sys/error.h"

namespace pytune {
namespace {

void add_stage(Plan& plan, const Recipe& recipe, const StageRecipe& stage, const Bill& bill) {
  const bool have = bill.cached(stage.id);
  plan.stages.push_back({stage.id, recipe.name, have, bill.minutes_missing(stage)});
  if (!have) plan.disk_bytes += facts_of(stage.kind).bytes;
}

double cpu_minutes(const Plan& plan) {
  double minutes = 0;
  for (const auto& stage : plan.stages) minutes += stage.cpu_minutes;
  return minutes;
}

std::vector<Recipe> rebuilds_of(const std::vector<Recipe>& recipes, int count,
                                const Materials& materials) {
  std::vector<Recipe> again;
  for (int i = 1; i <= count; ++i) {
    for (const Recipe& recipe : recipes)
      again.push_back(make_recipe(
          recipe.configuration, fmt::format("{}, rebuild {}", recipe.name, i), recipe.toolchain,
          {materials.source, materials.training, recipe.target, recipe.series}, i));
  }
  return again;
}

// Of what a rebuild does not share with the first build.
double cpu_minutes_anew(const std::vector<Recipe>& rebuilds, const Bill& bill) {
  double minutes = 0;
  for (const Recipe& recipe : rebuilds) {
    for (const StageRecipe* stage : recipe.stages()) {
      if (facts_of(stage->kind).of_rebuilds) minutes += bill.minutes_missing(*stage);
    }
  }
  return minutes;
}

// What can be built here, the baseline first.
struct Feasible {
  std::vector<Recipe> recipes = {};
  std::size_t fixed = 0;             // so many of the first are named in the definition
  std::set<std::string> names = {};  // of the recipes
};

// Fills a plan with recipes until its limit or its budget is reached.
class Filling {
 public:
  Filling(Plan& plan, const SweepSpec& spec, const Materials& materials, const PlanRequest& request,
          const Bill& bill)
      : plan_(plan), spec_(spec), materials_(materials), request_(request), bill_(bill) {}

  void fill(std::vector<Recipe> recipes, std::size_t fixed) {
    most_ = request_.only_first > 0        ? static_cast<std::size_t>(request_.only_first)
            : spec_.max_configurations > 0 ? static_cast<std::size_t>(spec_.max_configurations)
                                           : recipes.size();
    Candidates candidates(recipes, bill_);
    first_ = recipes.front();
    take(recipes, 0, candidates);
    for (std::size_t i = 1; i < fixed; ++i) take_or_leave(recipes, i, candidates);
    std::vector<std::size_t> rest(recipes.size() - fixed);
    std::iota(rest.begin(), rest.end(), fixed);
    while (!rest.empty() && plan_.recipes.size() < most_) {
      const std::size_t place = candidates.best(rest);
      take_or_leave(recipes, rest[place], candidates);
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(place));
    }
    for (const std::size_t number : rest) leave(recipes[number]);
  }

 private:
  bool fits(const Recipe& recipe, double cpu_minutes) const {
    if (plan_.recipes.size() >= most_) return false;
    if (!request_.budget_minutes) return true;
    const double more =
        wall_minutes(cpu_minutes, request_.cpus) +
        std::max(0.0, rebuild_minutes(recipe) - plan_.rebuild_minutes) +
        measure_minutes_for(spec_.measure, request_.workloads, plan_.recipes.size() + 1, request_);
    return wall_minutes(cpu_minutes_, request_.cpus) + plan_.rebuild_minutes +
               request_.test_minutes + more <=
           *request_.budget_minutes;
  }

  void take_or_leave(std::vector<Recipe>& recipes, std::size_t number, Candidates& candidates) {
    fits(recipes[number], candidates.minutes(number)) ? take(recipes, number, candidates)
                                                      : leave(recipes[number]);
  }

  void take(std::vector<Recipe>& recipes, std::size_t number, Candidates& candidates) {
    Recipe& recipe = recipes[number];
    const auto stages = recipe.stages();
    for (const std::size_t place : candidates.take(number)) {
      add_stage(plan_, recipe, *stages[place], bill_);
      cpu_minutes_ += plan_.stages.back().cpu_minutes;
    }
    if (!plan_.recipes.empty())  // the baseline does not win
      plan_.rebuild_minutes = std::max(plan_.rebuild_minutes, rebuild_minutes(recipe));
    plan_.recipes.push_back(std::move(recipe));
  }

  void leave(const Recipe& recipe) {
    plan_.dropped.push_back(
        {{recipe.name, recipe.configuration},
         plan_.recipes.size() >= most_
             ? fmt::format("over the limit of {} configurations", most_)
             : fmt::format("does not fit the budget of {:.0f} minutes", *request_.budget_minutes)});
  }

  // Of the first and this one. Their rebuilds are only made up to be looked for in the store where
  // they could cost more than those of what was taken before.
  double rebuild_minutes(const Recipe& recipe) const {
    const int count = spec_.measure.rebuilds;
    const double at_most = wall_minutes(count * (anew(first_) + anew(recipe)), request_.cpus);
    if (at_most <= plan_.rebuild_minutes) return at_most;
    const auto again = rebuilds_of({first_, recipe}, count, materials_);
    return wall_minutes(cpu_minutes_anew(again, bill_), request_.cpus);
  }

  double anew(const Recipe& recipe) const {
    double minutes = 0;
    for (const StageRecipe* stage : recipe.stages())
      if (facts_of(stage->kind).of_rebuilds) minutes += bill_.minutes_anew(*stage);
    return minutes;
  }

  Plan& plan_;
  const SweepSpec& spec_;
  const Materials& materials_;
  const PlanRequest& request_;
  const Bill& bill_;
  Recipe first_;
  std::size_t most_ = 0;
  double cpu_minutes_ = 0;  // of plan_.stages
};

// enumerate_points() lists each configuration once, the named ones first.
std::size_t named_points(const SweepSpec& spec) {
  std::set<std::string> ids{spec.baseline.id()};
  for (const auto& named : spec.configurations) ids.insert(named.configuration.id());
  for (const auto& named : spec.first_of) ids.insert(named.configuration.id());
  return ids.size();
}

// "ccache gcc-12" and "cc" may come to what was there already.
std::string same_as_earlier(const Configuration& asked, const Configuration& resolved) {
  std::string reason = "the same as an earlier configuration on this machine";
  const std::string& compiler = asked.get<Compiler>();
  if (compiler == resolved.get<Compiler>()) return reason;
  return fmt::format("{} ({} is {})", reason, compiler, resolved.get<Compiler>());
}

// What it differs by from the baseline. Two CPUs of one name may differ by the features that they
// are without, a dozen or more: their number tells them apart.
std::string name_of(const Configuration& configuration, const Feasible& earlier) {
  std::string name = configuration.difference(earlier.recipes.front().configuration);
  if (name != "baseline" && !earlier.names.contains(name)) return name;
  const std::size_t without = features_without(configuration.get<Cpu>());
  if (name == "baseline") name = fmt::format("cpu={}", shown_cpu(configuration.get<Cpu>()));
  return without == 0
             ? name + " (all features)"
             : fmt::format("{} (without {} feature{})", name, without, without == 1 ? "" : "s");
}

// Those that are not go to plan.dropped. Throws UsageError when the baseline is one of them.
Feasible feasible_points(Plan& plan, const SweepSpec& spec, const Materials& materials,
                         ToolchainProbe& probe) {
  const auto points = enumerate_points(spec, probe.discover(CompilerFamily::gcc),
                                       probe.discover(CompilerFamily::clang));
  const std::size_t named = named_points(spec);
  Feasible feasible;
  std::set<std::string> seen;
  std::string preferred;  // of the alternatives
  Answers answers;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const NamedConfiguration& point = points[i];
    if (point.alternative && !preferred.empty()) {
      plan.dropped.push_back(
          {point, fmt::format("{} comes before it and can be built", preferred)});
      continue;
    }
    Configuration configuration = point.configuration;
    Toolchain toolchain;
    auto why = make_feasible(configuration, materials, probe, toolchain, answers);
    if (!why && !point.architecture.empty() && point.architecture != toolchain.architecture)
      why = fmt::format("is for {}", point.architecture);
    if (why) {
      if (i == 0) throw UsageError(fmt::format("the baseline cannot be built here: {}", *why));
      plan.dropped.push_back({point, *why});
      continue;
    }
    if (!seen.insert(configuration.id()).second) {
      if (!point.name.empty())
        plan.dropped.push_back({point, same_as_earlier(point.configuration, configuration)});
      continue;
    }
    const std::string name = i == 0               ? "baseline"
                             : point.name.empty() ? name_of(configuration, feasible)
                                                  : point.name;
    if (point.alternative) preferred = name;
    feasible.names.insert(name);
    feasible.recipes.push_back(make_recipe(configuration, name, toolchain, materials));
    if (i < named) feasible.fixed = feasible.recipes.size();
  }
  return feasible;
}

}  // namespace

Plan make_plan(const SweepSpec& spec, const Materials& materials, ToolchainProbe& probe,
               const Store& store, const PlanRequest& request) {
  Plan plan;
  plan.workloads = request.workloads;
  Feasible feasible = feasible_points(plan, spec, materials, probe);
  const Bill bill(store);
  Filling(plan, spec, materials, request, bill).fill(std::move(feasible.recipes), feasible.fixed);
  if (plan.recipes.size() < 2) {
    const std::string why =
        plan.dropped.empty() ? "it holds no other point" : plan.dropped.front().reason;
    throw UsageError(fmt::format("{}: nothing to compare with the baseline: {}", spec.name, why));
  }
  plan.build_minutes = wall_minutes(cpu_minutes(plan), request.cpus);
  plan.measure_minutes =
      measure_minutes_for(spec.measure, request.workloads, plan.recipes.size(), request);
  plan.numeric_minutes = numeric_minutes_for(spec.measure, plan.recipes.size(), request);
  plan.numeric_workloads = request.numeric_workloads;
  plan.test_minutes = request.test_minutes;
  plan.absent_modules = plan.recipes.front().absent_modules;
  return plan;
}

Plan plan_rebuilds(const std::vector<Recipe>& recipes, int count, const Materials& materials,
                   const Store& store, int cpus) {
  const Bill bill(store);
  Plan plan;
  plan.recipes = rebuilds_of(recipes, count, materials);
  std::set<StepId> seen;
  for (const Recipe& recipe : plan.recipes)
    for (const StageRecipe* stage : recipe.stages())
      if (seen.insert(stage->id).second) add_stage(plan, recipe, *stage, bill);
  plan.build_minutes = wall_minutes(cpu_minutes(plan), cpus);
  return plan;
}

std::map<StepId, double> expected_minutes(const Plan& plan) {
  const double total = cpu_minutes(plan);
  std::map<StepId, double> minutes;
  for (const auto& stage : plan.stages)
    minutes[stage.id] = total > 0 ? plan.build_minutes * stage.cpu_minutes / total : 0;
  return minutes;
}

}  // namespace pytune
