#include "cli/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/text.h"
#include "sys/duration.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace {

using Costs = std::map<StepId, const StageCost*>;

Costs costs_of(const Plan& plan) {
  Costs costs;
  for (const StageCost& cost : plan.stages) costs.emplace(cost.id, &cost);
  return costs;
}

bool nothing_to_build(const Costs& costs, const Recipe& recipe) {
  const auto stages = recipe.stages();
  return std::none_of(stages.begin(), stages.end(), [&](const StageRecipe* stage) {
    const auto cost = costs.find(stage->id);
    return cost != costs.end() && !cost->second->cached;
  });
}

std::size_t cached_count(const Plan& plan) {
  return static_cast<std::size_t>(std::count_if(plan.stages.begin(), plan.stages.end(),
                                                [](const StageCost& c) { return c.cached; }));
}

std::string stage_list(const Costs& costs, const Recipe& recipe) {
  std::string text;
  for (const StageRecipe* stage : recipe.stages()) {
    const auto cost = costs.find(stage->id);
    const bool known = cost != costs.end();
    const bool first = known && cost->second->configuration == recipe.name;
    const char* mark = known && cost->second->cached ? " (cached)" : first ? "" : " (shared)";
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", stage->id.kind, mark);
  }
  return text;
}

constexpr std::size_t kAboutWidth = 90;

std::string about(const SweepSpec& spec, const std::string& name) {
  for (const NamedConfiguration& named : spec.configurations)
    if (named.name == name) return named.about;
  return "";
}

}  // namespace

void print_plan(std::ostream& out, const Plan& plan, const SweepSpec& spec,
                const std::string& source) {
  out << fmt::format("Plan of {}: {} configurations of {}, {} workloads, {} rounds\n\n", spec.name,
                     plan.recipes.size(), source, plan.workloads, spec.measure.rounds);
  const Costs costs = costs_of(plan);
  for (std::size_t i = 0; i < plan.recipes.size(); ++i) {
    const Recipe& recipe = plan.recipes[i];
    out << fmt::format("  {:>3}. {}\n", i + 1, recipe.name);
    out << fmt::format("       {}\n", recipe.configuration.difference(Configuration()) == "baseline"
                                          ? "every axis at its initial value"
                                          : recipe.configuration.difference(Configuration()));
    if (const std::string text = about(spec, recipe.name); !text.empty())
      for (const std::string& line : wrap(text, kAboutWidth)) out << "       " << line << "\n";
    if (recipe.toolchain.stand_in)
      out << fmt::format("       {} is not fetched yet, so it was not tried\n",
                         recipe.toolchain.name);
    out << fmt::format("       stages: {}{}\n", stage_list(costs, recipe),
                       nothing_to_build(costs, recipe) ? " - nothing to build" : "");
  }
  if (!plan.dropped.empty()) {
    out << fmt::format("\nDropped points: {}\n", plan.dropped.size());
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const auto& dropped : plan.dropped)
      by_reason[dropped.reason].push_back(
          dropped.point.name.empty() ? dropped.point.configuration.difference(spec.baseline)
                                     : dropped.point.name);
    constexpr std::size_t kShown = 5;
    for (const auto& [reason, points] : by_reason) {
      out << fmt::format("  {}\n", reason);
      for (std::size_t i = 0; i < std::min(points.size(), kShown); ++i)
        out << fmt::format("    - {}\n", points[i]);
      if (points.size() > kShown)
        out << fmt::format("    and {} more (--json lists all)\n", points.size() - kShown);
    }
  }
  out << fmt::format("\nStages: {}, of which {} are cached\n", plan.stages.size(),
                     cached_count(plan));
  if (spec.measure.rebuilds > 0)
    out << fmt::format(
        "Rebuilds: the winner and the baseline {} times each, about {} if the dearest build wins\n",
        spec.measure.rebuilds, duration_text(plan.rebuild_minutes));
  if (!plan.absent_modules.empty())
    out << fmt::format("Modules that will be missing: {}; to have them: apt-get install {}\n",
                       with_packages(plan.absent_modules), packages_for(plan.absent_modules));
  if (plan.test_minutes > 0)
    out << fmt::format("Tests: CPython's own on the build to be recommended, about {}\n",
                       duration_text(plan.test_minutes));
  if (plan.numeric_workloads > 0)
    out << fmt::format(
        "Numeric: {} workloads of bf16mm on every build, {} rounds, of the time to measure {}\n",
        plan.numeric_workloads, spec.measure.numeric_rounds, duration_text(plan.numeric_minutes));
  out << fmt::format("Estimated: {} to build, {} to measure, {:.1f} GB of disk\n",
                     duration_text(plan.build_minutes + plan.rebuild_minutes),
                     duration_text(plan.measure_minutes),
                     static_cast<double>(plan.disk_bytes) / 1e9);
}

nlohmann::ordered_json plan_json(const Plan& plan, const SweepSpec& spec,
                                 const std::string& source) {
  nlohmann::ordered_json j = {{"schema", 1},
                              {"sweep", spec.name},
                              {"source", source},
                              {"configurations", nlohmann::ordered_json::array()},
                              {"dropped", nlohmann::ordered_json::array()},
                              {"stages", nlohmann::ordered_json::array()}};
  for (const auto& recipe : plan.recipes)
    j["configurations"].push_back({{"name", recipe.name},
                                   {"id", recipe.configuration.id()},
                                   {"build", recipe.build.id.key},
                                   {"about", about(spec, recipe.name)},
                                   {"axes", recipe.configuration.canonical()},
                                   {"configure_arguments", recipe.configure_arguments},
                                   {"make_variables", recipe.make_variables}});
  for (const auto& dropped : plan.dropped)
    j["dropped"].push_back({{"name", dropped.point.name},
                            {"axes", dropped.point.configuration.canonical()},
                            {"reason", dropped.reason}});
  for (const auto& stage : plan.stages)
    j["stages"].push_back({{"kind", stage.id.kind},
                           {"key", stage.id.key},
                           {"configuration", stage.configuration},
                           {"cached", stage.cached},
                           {"cpu_minutes", stage.cpu_minutes}});
  j["absent_modules"] = plan.absent_modules;
  j["estimate"] = {
      {"build_minutes", plan.build_minutes},     {"rebuild_minutes", plan.rebuild_minutes},
      {"measure_minutes", plan.measure_minutes}, {"numeric_minutes", plan.numeric_minutes},
      {"test_minutes", plan.test_minutes},       {"disk_bytes", plan.disk_bytes}};
  return j;
}

}  // namespace pytune
