#include "cli/plan_text.h"

#include <gmock/gmock.h>

#include <sstream>

namespace pytune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Recipe recipe(const char* name, const char* lto) {
  Recipe r;
  r.name = name;
  set_value(r.configuration, "lto", lto);
  r.configure.id = {"configure", "c0"};
  r.compile.id = {"compile", std::string("c-") + lto};
  r.build.id = {"build", std::string("b-") + lto};
  return r;
}

Plan sample() {
  Plan plan;
  plan.recipes = {recipe("baseline", "none"), recipe("lto=full", "full")};
  plan.stages = {{{"configure", "c0"}, "baseline", false, 0.4},
                 {{"compile", "c-none"}, "baseline", true, 0},
                 {{"build", "b-none"}, "baseline", true, 0},
                 {{"compile", "c-full"}, "lto=full", false, 7},
                 {{"build", "b-full"}, "lto=full", false, 0.3}};
  for (int i = 0; i < 7; ++i) {
    NamedConfiguration point{"p" + std::to_string(i), Configuration()};
    plan.dropped.push_back({point, "gcc has no ThinLTO"});
  }
  plan.build_minutes = 65;
  plan.measure_minutes = 3.5;
  plan.disk_bytes = 1'500'000'000;
  plan.workloads = 12;
  return plan;
}

std::string text(const Plan& plan) {
  SweepSpec spec;
  spec.name = "quick";
  std::ostringstream out;
  print_plan(out, plan, spec, "CPython 3.13.5");
  return out.str();
}

TEST(PlanText, SaysWhatWillBeDoneAndWhatItCosts) {
  const std::string shown = text(sample());
  EXPECT_THAT(
      shown,
      HasSubstr("Plan of quick: 2 configurations of CPython 3.13.5, 12 workloads, 15 rounds\n"));
  EXPECT_THAT(shown, HasSubstr("    1. baseline\n       every axis at its initial value\n       "
                               "stages: configure, compile (cached), build (cached)\n"));
  EXPECT_THAT(
      shown,
      HasSubstr(
          "    2. lto=full\n       lto=full\n       stages: configure (shared), compile, build\n"));
  EXPECT_THAT(shown, HasSubstr("Stages: 5, of which 2 are cached\n"));
  EXPECT_THAT(shown,
              HasSubstr("Estimated: 1 h 05 min to build, 3 min 30 s to measure, 1.5 GB of disk\n"));
}

TEST(PlanText, DroppedPointsAreGroupedByReason) {
  const std::string shown = text(sample());
  EXPECT_THAT(shown, HasSubstr("Dropped points: 7\n  gcc has no ThinLTO\n    - p0\n"));
  EXPECT_THAT(shown, HasSubstr("    - p4\n    and 2 more (--json lists all)\n"));
  EXPECT_THAT(shown, Not(HasSubstr("p5")));
}

TEST(PlanText, NumericWorkloadsAreToldWhereThereAreSome) {
  Plan plan = sample();
  EXPECT_THAT(text(plan), Not(HasSubstr("Numeric")));
  plan.numeric_workloads = 10;
  plan.numeric_minutes = 2;
  EXPECT_THAT(text(plan), HasSubstr("Numeric: 10 workloads of bf16mm on every build, 3 rounds, of "
                                    "the time to measure 2 min 00 s\n"));
}

TEST(PlanText, FinishedRecipeHasNothingToBuild) {
  Plan plan = sample();
  for (auto& stage : plan.stages) stage.cached = true;
  EXPECT_THAT(
      text(plan),
      HasSubstr(
          "stages: configure (cached), compile (cached), build (cached) - nothing to build\n"));
}

TEST(PlanJson, ListsEverything) {
  SweepSpec spec;
  spec.name = "quick";
  const auto json = plan_json(sample(), spec, "s");
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("configurations").size(), 2U);
  EXPECT_EQ(json.at("configurations")[1].at("axes").at("lto"), "full");
  EXPECT_EQ(json.at("dropped").size(), 7U);
  EXPECT_EQ(json.at("stages")[1].at("cached"), true);
  EXPECT_EQ(json.at("estimate").at("disk_bytes"), 1'500'000'000);
}

}  // namespace
}  // namespace pytune
