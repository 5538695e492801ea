#include "build/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "build/cost_model.h"
#include "build/feasible.h"
#include "sys/error.h"

namespace pytune {
namespace {

// Collects the stages of chosen recipes; a stage costs once.
class Bill {
 public:
  Bill(const Store& store, const History& history) : store_(store), history_(history) {}

  double marginal_cpu_minutes(const Recipe& recipe) const {
    double minutes = 0;
    for (const StageRecipe* stage : recipe.stages()) {
      if (!seen_.contains(stage->id)) minutes += minutes_missing(recipe, *stage);
    }
    return minutes;
  }

  // 0 when the store has it.
  double minutes_missing(const Recipe& recipe, const StageRecipe& stage) const {
    return cached(stage.id) ? 0 : history_.cpu_minutes(recipe, stage.kind);
  }

  void add(const Recipe& recipe, Plan& plan) {
    for (const StageRecipe* stage : recipe.stages()) {
      if (!seen_.insert(stage->id).second) continue;
      const bool have = cached(stage->id);
      plan.stages.push_back({stage->id, recipe.name, have, minutes_missing(recipe, *stage)});
      if (!have) plan.disk_bytes += facts_of(stage->kind).bytes;
    }
  }

 private:
  bool cached(const StepId& id) const {
    const auto known = found_.find(id);
    return known != found_.end() ? known->second
                                 : found_.emplace(id, store_.find(id).has_value()).first->second;
  }

  const Store& store_;
  const History& history_;
  std::set<StepId> seen_;
  mutable std::map<StepId, bool> found_;
};

double cpu_minutes(const Plan& plan) {
  double minutes = 0;
  for (const auto& stage : plan.stages) minutes += stage.cpu_minutes;
  return minutes;
}

double total_minutes(const Plan& plan, const SweepSpec& spec, const PlanRequest& request) {
  return wall_minutes(cpu_minutes(plan), request.cpus) + plan.rebuild_minutes +
         request.test_minutes +
         measure_minutes_for(spec.measure, request.workloads, plan.recipes.size(), request);
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
      if (facts_of(stage->kind).of_rebuilds) minutes += bill.minutes_missing(recipe, *stage);
    }
  }
  return minutes;
}

// How often each value of each axis stands in the chosen recipes.
using Levels = std::map<std::string, int>;

void count(Levels& levels, const Configuration& configuration) {
  for (const auto& axis : axis_names()) ++levels[axis + "=" + configuration.value(axis)];
}

// A point with rarely seen values is worth more: 1/(1+n) per axis, the gain in information of one
// more observation of a level.
double novelty(const Levels& levels, const Configuration& configuration) {
  double sum = 0;
  for (const auto& axis : axis_names()) {
    const auto known = levels.find(axis + "=" + configuration.value(axis));
    sum += 1.0 / (1 + (known == levels.end() ? 0 : known->second));
  }
  return sum;
}

// What can be built here, the baseline first.
struct Feasible {
  std::vector<Recipe> recipes = {};
  std::size_t fixed = 0;  // so many of the first are named in the definition
};

struct Prices {
  Bill& bill;
  std::function<double(const Recipe&)> rebuild_minutes;
};

void choose(Plan& plan, const Feasible& feasible, const SweepSpec& spec, const PlanRequest& request,
            const Prices& prices) {
  Bill& bill = prices.bill;
  const std::size_t most = request.only_first > 0 ? static_cast<std::size_t>(request.only_first)
                           : spec.max_configurations > 0
                               ? static_cast<std::size_t>(spec.max_configurations)
                               : feasible.recipes.size();
  Levels levels;
  const auto fits = [&](const Recipe& recipe) {
    if (plan.recipes.size() >= most) return false;
    if (!request.budget_minutes) return true;
    const double next =
        wall_minutes(bill.marginal_cpu_minutes(recipe), request.cpus) +
        std::max(0.0, prices.rebuild_minutes(recipe) - plan.rebuild_minutes) +
        measure_minutes_for(spec.measure, request.workloads, plan.recipes.size() + 1, request) -
        measure_minutes_for(spec.measure, request.workloads, plan.recipes.size(), request);
    return total_minutes(plan, spec, request) + next <= *request.budget_minutes;
  };
  const auto take = [&](Recipe recipe) {
    count(levels, recipe.configuration);
    bill.add(recipe, plan);
    if (!plan.recipes.empty())  // the baseline does not win
      plan.rebuild_minutes = std::max(plan.rebuild_minutes, prices.rebuild_minutes(recipe));
    plan.recipes.push_back(std::move(recipe));
  };
  const auto leave = [&](const Recipe& recipe) {
    plan.dropped.push_back(
        {{recipe.name, recipe.configuration},
         plan.recipes.size() >= most
             ? fmt::format("over the limit of {} configurations", most)
             : fmt::format("does not fit the budget of {:.0f} minutes", *request.budget_minutes)});
  };

  const auto& recipes = feasible.recipes;
  take(recipes.front());
  for (std::size_t i = 1; i < feasible.fixed; ++i)
    fits(recipes[i]) ? take(recipes[i]) : leave(recipes[i]);
  std::vector<Recipe> rest(recipes.begin() + static_cast<std::ptrdiff_t>(feasible.fixed),
                           recipes.end());
  while (!rest.empty()) {
    const auto worth = [&](const Recipe& r) {
      return novelty(levels, r.configuration) / (1 + bill.marginal_cpu_minutes(r));
    };
    std::vector<double> worths;
    worths.reserve(rest.size());
    for (const auto& r : rest) worths.push_back(worth(r));
    const auto best = std::max_element(worths.begin(), worths.end()) - worths.begin();
    Recipe recipe = rest[static_cast<std::size_t>(best)];
    rest.erase(rest.begin() + best);
    fits(recipe) ? take(std::move(recipe)) : leave(recipe);
  }
}

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
std::string name_of(const Configuration& configuration, const std::vector<Recipe>& earlier) {
  std::string name = configuration.difference(earlier.front().configuration);
  const bool taken =
      name == "baseline" || std::any_of(earlier.begin(), earlier.end(),
                                        [&](const Recipe& recipe) { return recipe.name == name; });
  if (!taken) return name;
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
  KnownPatches patches;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const NamedConfiguration& point = points[i];
    if (point.alternative && !preferred.empty()) {
      plan.dropped.push_back(
          {point, fmt::format("{} comes before it and can be built", preferred)});
      continue;
    }
    Configuration configuration = point.configuration;
    Toolchain toolchain;
    auto why = make_feasible(configuration, materials, probe, toolchain, patches);
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
                             : point.name.empty() ? name_of(configuration, feasible.recipes)
                                                  : point.name;
    if (point.alternative) preferred = name;
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
  const Feasible feasible = feasible_points(plan, spec, materials, probe);
  const History history(store);
  Bill bill(store, history);
  const Recipe& first = feasible.recipes.front();
  const auto rebuild_minutes = [&](const Recipe& recipe) {
    const auto again = rebuilds_of({first, recipe}, spec.measure.rebuilds, materials);
    return wall_minutes(cpu_minutes_anew(again, Bill(store, history)), request.cpus);
  };
  choose(plan, feasible, spec, request, {bill, rebuild_minutes});
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
  const History history(store);
  Bill bill(store, history);
  Plan plan;
  plan.recipes = rebuilds_of(recipes, count, materials);
  for (const Recipe& recipe : plan.recipes) bill.add(recipe, plan);
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
