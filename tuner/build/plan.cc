#include "build/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "build/feasible.h"
#include "sys/error.h"

namespace pytune {
namespace {

// On top of the guess for a training, which is of a slower machine: where a native one took 5 CPU
// seconds, one under QEMU 7.2 took 40 (3.13, gcc 12).
constexpr double kEmulatedTraining = 1.2;
// Two emulated workers, most of it their start; as many samples at once as there are CPUs.
constexpr double kEmulatedSecondsPerSample = 9;
constexpr double kEmulatedSecondsPerNumericSample = 15;
constexpr double kUpstreamTaskFactor = 40;  // CPython's own task runs for half an hour instrumented
constexpr double kLtoFactor = 1.2;          // full LTO's link on top of compilation
// Of bf16mm's networks, of which one value takes longer than it needs to, and of compiling bf16mm
// for one interpreter on one CPU; seen on a virtual machine of two.
constexpr double kSecondsPerNumericSample = 1.2;
constexpr double kSecondsToCompileNumeric = 20;
constexpr double kSecondsToStart = 0.06;    // one worker process, with pyperf and the workload
constexpr double kValueOverMinTime = 1.45;  // loops are doubled until min_time is reached

// Seconds per stage kind as this store has seen them.
class History {
 public:
  explicit History(const Store& store) {
    for (const StageFacts& facts : kStages) {
      std::vector<double> minutes;
      for (const auto& step : store.list(std::string(facts.name))) {
        const double seconds = step.details.value("cpu_seconds", 0.0);
        if (step.ok && seconds > 0) minutes.push_back(seconds / 60);
      }
      if (minutes.empty()) continue;
      std::nth_element(minutes.begin(),
                       minutes.begin() + static_cast<std::ptrdiff_t>(minutes.size() / 2),
                       minutes.end());
      seen_[facts.kind] = minutes[minutes.size() / 2];
    }
  }

  double cpu_minutes(const Recipe& recipe, StageKind kind) const {
    if (const auto known = seen_.find(kind); known != seen_.end() && kind != StageKind::train)
      return known->second;
    double minutes = facts_of(kind).cpu_minutes;
    if (kind == StageKind::train && recipe.configuration.get<Pgo>() == Pgo::Value::upstream)
      minutes *= kUpstreamTaskFactor;
    if (kind == StageKind::train && recipe.target != nullptr) minutes *= kEmulatedTraining;
    if (kind == StageKind::compile && recipe.configuration.get<Lto>() == Lto::Value::full)
      minutes *= kLtoFactor;
    return minutes;
  }

 private:
  std::map<StageKind, double> seen_;
};

double wall_minutes(double cpu_minutes, int cpus) {
  constexpr double kEfficiency = 0.92;  // configure and links leave CPUs idle now and then
  return cpu_minutes / (kEfficiency * cpus);
}

double arms_for(const MeasureSettings& m, std::size_t builds) {
  return static_cast<double>(builds) + 1 + (m.system_python ? 1 : 0);  // and the A/A copy
}

double numeric_minutes_for(const MeasureSettings& m, std::size_t builds,
                           const PlanRequest& request) {
  if (request.numeric_workloads == 0) return 0;
  const double per_sample =
      request.emulated ? kEmulatedSecondsPerNumericSample / request.cpus : kSecondsPerNumericSample;
  return arms_for(m, builds) *
         (m.numeric_rounds * request.numeric_workloads * per_sample + kSecondsToCompileNumeric) /
         60;
}

double measure_minutes_for(const MeasureSettings& m, int workloads, std::size_t builds,
                           const PlanRequest& request) {
  const double per_process = request.emulated
                                 ? kEmulatedSecondsPerSample / request.cpus
                                 : kSecondsToStart + (m.workers.values + m.workers.warmups) *
                                                         m.workers.min_time * kValueOverMinTime;
  const double confirm = builds > 1 ? m.confirm_rounds * workloads * 4.0 : 0;
  const double rebuilt = m.rebuilds > 0 ? m.confirm_rounds * workloads * (2.0 * m.rebuilds + 1) : 0;
  return (m.rounds * workloads * arms_for(m, builds) + confirm + rebuilt) * per_process / 60 +
         numeric_minutes_for(m, builds, request);
}

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
  for (std::size_t i = 0; i < points.size(); ++i) {
    const NamedConfiguration& point = points[i];
    Configuration configuration = point.configuration;
    Toolchain toolchain;
    if (const auto why = make_feasible(configuration, materials, probe, toolchain)) {
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
