#include "build/plan.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Plans : public sys_test::Scratch {
 protected:
  Plan plan(const std::string& definition, const PlanRequest& request = {std::nullopt, 0, 10, 2}) {
    ToolchainProbe probe(runner_);
    return make_plan(parse_sweep(definition, "x.json"), {source_, training_}, probe, store_,
                     request);
  }
  static std::vector<std::string> names(const Plan& plan) {
    std::vector<std::string> result;
    for (const auto& recipe : plan.recipes) result.push_back(recipe.name);
    return result;
  }
  static std::vector<std::string> reasons(const Plan& plan) {
    std::vector<std::string> result;
    for (const auto& dropped : plan.dropped) result.push_back(dropped.reason);
    return result;
  }
  static double total(const Plan& plan) { return plan.build_minutes + plan.measure_minutes; }
  void finish(const StepId& id) {
    store_.produce(id, {}, [](const auto&) { return StepResult{true, nlohmann::json::object()}; });
  }

  toolchain_test::OnlyOnPath path_{at("bin"), {"gcc-12", "gcc-11"}};
  toolchain_test::FakeCompilers runner_;
  Store store_{at("store")};
  TrainingSet training_{"/training", "abc"};
  Source source_ = [] {
    Source s;
    s.id = "0123456789abcdef";
    s.minor = "3.13";
    return s;
  }();
};

// The fake compilers answer for x86_64 machines.
#define SWEEP(members) R"({"schema": 1, "baseline": {"compiler": "gcc-12"}, )" members "}"

TEST_F(Plans, BaselineFirstThenNamedThenProduct) {
  const Plan p = plan(SWEEP(
      R"("configurations": [{"name": "fast", "lto": "full", "pgo": "training"}], "axes": {"compiler": ["gcc-*"], "opt": ["O2"]})"));
  ASSERT_EQ(p.recipes.size(), 4U);
  EXPECT_EQ(p.recipes[0].name, "baseline");
  EXPECT_EQ(p.recipes[1].name, "fast");
  EXPECT_THAT((std::vector<std::string>{p.recipes[2].name, p.recipes[3].name}),
              ::testing::UnorderedElementsAre("opt=O2", "compiler=gcc-11 opt=O2"));
  EXPECT_THAT(p.dropped, IsEmpty());
  EXPECT_GT(p.build_minutes, 0);
  EXPECT_GT(p.measure_minutes, 0);
  EXPECT_GT(p.disk_bytes, 0U);
  EXPECT_EQ(p.workloads, 10);
}

TEST_F(Plans, OfAlternativesTheFirstThatCanBeBuiltIsAPoint) {
  const Plan p = plan(SWEEP(
      R"("first_of": [{"name": "a", "compiler": "gcc-13"}, {"name": "b", "opt": "O2"}, {"name": "c", "opt": "Os"}])"));
  EXPECT_THAT(names(p), ElementsAre("baseline", "b"));
  EXPECT_THAT(reasons(p), ElementsAre(HasSubstr("gcc-13 is not installed"),
                                      HasSubstr("b comes before it and can be built")));
}

TEST_F(Plans, WhatIsForAnotherArchitectureIsNoPoint) {
  const Plan p = plan(SWEEP(
      R"("configurations": [{"name": "a", "architecture": "aarch64", "opt": "O1"}, {"name": "b", "architecture": "x86_64", "opt": "O1"}])"));
  // Though their axes are the same.
  EXPECT_THAT(names(p), ElementsAre("baseline", "b"));
  EXPECT_THAT(reasons(p), ElementsAre("is for aarch64"));
}

TEST_F(Plans, ImpossiblePointsAreDroppedWithTheirReason) {
  const Plan p = plan(SWEEP(
      R"("configurations": [{"name": "a", "lto": "thin"}, {"name": "b", "compiler": "gcc-13"}, {"name": "c", "cpu": "znver44"},
                                {"name": "d", "patches": "series"}, {"name": "e", "lto": "full"}])"));
  EXPECT_THAT(names(p), ElementsAre("baseline", "e"));
  EXPECT_THAT(reasons(p), ElementsAre(HasSubstr("gcc has no ThinLTO"),
                                      HasSubstr("gcc-13 is not installed; on Debian: apt-get "
                                                "install gcc-13; installed: gcc-12"),
                                      HasSubstr("did you mean \"znver4\"?"),
                                      HasSubstr("there are no patches for 3.13")));
  EXPECT_EQ(p.dropped[0].point.name, "a");
}

TEST_F(Plans, ImpossibleBaselineIsAUsageError) {
  const std::string definition =
      R"({"schema": 1, "baseline": {"compiler": "gcc-13"}, "configurations": [{"compiler": "gcc-12"}]})";
  EXPECT_THAT(sys_test::message<UsageError>([&] { plan(definition); }),
              HasSubstr("the baseline cannot be built here: gcc-13 is not installed; on Debian: "
                        "apt-get install gcc-13"));
}

TEST_F(Plans, NothingBesideTheBaselineIsAUsageError) {
  EXPECT_THAT(
      sys_test::message<UsageError>([&] { plan(SWEEP(R"("configurations": [{"lto": "thin"}])")); }),
      HasSubstr("x: nothing to compare with the baseline: gcc has no ThinLTO"));
}

TEST_F(Plans, SameConfigurationUnderAnotherNameIsDropped) {
  std::filesystem::create_symlink("gcc-12", at("bin/gcc"));
  const Plan p = plan(SWEEP(
      R"("configurations": [{"name": "same", "compiler": "gcc"}, {"name": "other", "opt": "O2"}])"));
  EXPECT_THAT(names(p), ElementsAre("baseline", "other"));
  EXPECT_THAT(reasons(p),
              ElementsAre("the same as an earlier configuration on this machine (gcc is gcc-12)"));
}

TEST_F(Plans, CpusOfOneNameAreToldApartWithoutTheirFeatures) {
  const Plan p =
      plan(SWEEP(R"("axes": {"cpu": ["znver4,no=pku+sgx", "znver4", "znver3,no=pku"]})"));
  const auto found = names(p);
  EXPECT_EQ(found.size(), 4U);
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 4U);
  EXPECT_THAT(found, ::testing::IsSupersetOf({"cpu=znver4", "cpu=znver3"}));
  for (const std::string& name : found) EXPECT_THAT(name, ::testing::Not(HasSubstr("no=")));
}

// Without a limit all are taken, so that each is chosen among all that are left.
TEST_F(Plans, HundredsOfPointsAreAskedForOnceEach) {
  const Plan p = plan(SWEEP(
      R"("axes": {"opt": ["O2", "O3"], "lto": ["none", "full"], "pie": ["pie", "no-pie"], "pgo": ["none", "training"],
          "interposition": ["on", "off"], "frame_pointers": ["omit", "keep"], "compiler": ["gcc-12", "gcc-11"],
          "cpu": ["generic", "native"]})"));
  EXPECT_EQ(p.recipes.size() + p.dropped.size(), 256U);
  std::set<std::string> ids;
  std::set<StepId> stages;
  for (const auto& recipe : p.recipes) ids.insert(recipe.configuration.id());
  for (const auto& stage : p.stages) EXPECT_TRUE(stages.insert(stage.id).second) << stage.id.key;
  EXPECT_EQ(ids.size(), p.recipes.size());
  // Probes, and trials of the flags that compilers are told apart by.
  EXPECT_LT(runner_.asked.size(), 400U);
}

TEST_F(Plans, OfPointsThatAreWorthTheSameTheFirstIsTaken) {
  const Plan p = plan(SWEEP(R"("axes": {"opt": ["O1", "O2", "Os"]}, "max_configurations": 3)"));
  EXPECT_THAT(names(p), ElementsAre("baseline", "opt=O1", "opt=O2"));
}

TEST_F(Plans, MaxLeavesOutTheRest) {
  PlanRequest request{std::nullopt, 2, 10, 2};
  const std::string definition = SWEEP(
      R"("configurations": [{"name": "a", "opt": "O1"}, {"name": "b", "opt": "O2"}], "max_configurations": 3)");
  const Plan p = plan(definition, request);
  EXPECT_THAT(names(p), ElementsAre("baseline", "a"));
  EXPECT_THAT(reasons(p), ElementsAre("over the limit of 2 configurations"));
  request.only_first = 0;
  EXPECT_EQ(plan(definition, request).recipes.size(), 3U);
}

TEST_F(Plans, BudgetIsKept) {
  const std::string definition = SWEEP(
      R"("axes": {"opt": ["O1", "O2", "Os"], "lto": ["none", "full"], "pgo": ["none", "training"]})");
  const Plan all = plan(definition);
  PlanRequest request{total(all) / 2, 0, 10, 2};
  const Plan half = plan(definition, request);
  EXPECT_LT(half.recipes.size(), all.recipes.size());
  EXPECT_GE(half.recipes.size(), 2U);
  EXPECT_LE(total(half), total(all) / 2);
  EXPECT_EQ(half.recipes.size() + half.dropped.size(), all.recipes.size());
  for (const auto& reason : reasons(half))
    EXPECT_THAT(reason, HasSubstr("does not fit the budget of"));
}

TEST_F(Plans, LimitSpreadsOverTheValuesOfEveryAxis) {
  const Plan p =
      plan(SWEEP(R"("axes": {"opt": ["O1", "O2", "Os"], "frame_pointers": ["omit", "keep"]})"),
           {std::nullopt, 4, 10, 2});
  std::set<std::string> levels;
  std::set<std::string> pointers;
  for (const auto& recipe : p.recipes) {
    levels.insert(recipe.configuration.value("opt"));
    pointers.insert(recipe.configuration.value("frame_pointers"));
  }
  EXPECT_EQ(levels.size(), 4U);
  EXPECT_EQ(pointers.size(), 2U);
}

TEST_F(Plans, SharedStagesCostOnce) {
  const Plan p = plan(SWEEP(
      R"("configurations": [{"name": "a", "pgo": "training"}, {"name": "b", "pgo": "training", "lto": "full"}])"));
  std::map<std::string, int> kinds;
  std::set<StepId> ids;
  for (const auto& stage : p.stages) {
    ++kinds[stage.id.kind];
    EXPECT_TRUE(ids.insert(stage.id).second);
  }
  EXPECT_EQ(kinds,
            (std::map<std::string, int>{
                {"configure", 1}, {"instrument", 1}, {"train", 1}, {"compile", 3}, {"build", 3}}));
}

TEST_F(Plans, FinishedStagesAreCachedAndFree) {
  const std::string definition = SWEEP(R"("configurations": [{"name": "a", "opt": "O2"}])");
  const Plan before = plan(definition);
  for (const auto& stage : before.stages) EXPECT_FALSE(stage.cached);
  finish(before.recipes[0].configure.id);
  finish(before.recipes[0].compile.id);
  const Plan after = plan(definition);
  for (const auto& stage : after.stages) {
    const bool done =
        stage.id == before.recipes[0].configure.id || stage.id == before.recipes[0].compile.id;
    EXPECT_EQ(stage.cached, done) << stage.id.kind;
    EXPECT_EQ(stage.cpu_minutes == 0, done) << stage.id.kind;
  }
  EXPECT_LT(after.build_minutes, before.build_minutes);
  EXPECT_LT(after.disk_bytes, before.disk_bytes);
}

TEST_F(Plans, TimesOfThisStoreReplaceTheGuesses) {
  const std::string definition = SWEEP(R"("configurations": [{"name": "a", "opt": "O2"}])");
  const double guessed = plan(definition).build_minutes;
  store_.produce({"compile", "aa"}, {},
                 [](const auto&) { return StepResult{true, {{"cpu_seconds", 6000.0}}}; });
  EXPECT_GT(plan(definition).build_minutes, 5 * guessed);
}

TEST_F(Plans, WorkloadsThatTakeLongerThanMinTimeSaySo) {
  const std::string definition = SWEEP(R"("configurations": [{"name": "a", "opt": "O2"}])");
  PlanRequest request{std::nullopt, 0, 10, 2};
  const double quick = plan(definition, request).measure_minutes;
  request.least_seconds = 600;
  EXPECT_GT(plan(definition, request).measure_minutes, 10 * quick);
}

// Else one long training makes all that is left look short, or one LTO all compilations long.
TEST_F(Plans, TimesAreTakenFromStagesOfTheirKind) {
  const auto minutes = [&](const std::string& values, const std::string& stage) {
    const Plan p = plan(SWEEP(R"("configurations": [{"name": "a", )" + values + "}]"));
    double most = 0;
    for (const auto& one : p.stages)
      if (one.id.kind == stage) most = std::max(most, one.cpu_minutes);
    return most;
  };
  const std::string ours = R"("pgo": "training")";
  const std::string upstream = R"("pgo": "upstream")";
  EXPECT_GT(minutes(upstream, "train"), minutes(ours, "train"));
  store_.produce({"train", "aa"}, {{"programs", "upstream"}},
                 [](const auto&) { return StepResult{true, {{"cpu_seconds", 6000.0}}}; });
  store_.produce({"compile", "aa"}, {{"make", {"OPT=-O3", "LDFLAGS=-flto=auto"}}},
                 [](const auto&) { return StepResult{true, {{"cpu_seconds", 12000.0}}}; });
  EXPECT_DOUBLE_EQ(minutes(upstream, "train"), 100);
  EXPECT_LT(minutes(ours, "train"), 5);
  EXPECT_DOUBLE_EQ(minutes(R"("lto": "full")", "compile"), 200);
  EXPECT_LT(minutes(R"("lto": "none", "opt": "O2")", "compile"), 20);
}

TEST_F(Plans, DuplicateNamedConfigurationDoesNotPromoteTheProduct) {
  // One configuration is left besides the baseline: of the product, the cheap point, and not the
  // first in order.
  const Plan p = plan(
      SWEEP(
          R"("configurations": [{"name": "again"}], "axes": {"pgo": ["upstream", "none"], "opt": ["O2"]})"),
      {std::nullopt, 2, 10, 2});
  EXPECT_THAT(names(p), ElementsAre("baseline", "opt=O2"));
}

TEST_F(Plans, RebuildsAreCountedAndFitTheBudget) {
  const std::string none_asked = SWEEP(
      R"("configurations": [{"name": "pgo", "pgo": "training"}, {"name": "O2", "opt": "O2"}])");
  std::string three_asked = none_asked;
  three_asked.insert(three_asked.size() - 1, R"(, "measure": {"rebuilds": 3})");
  const Plan none = plan(none_asked);
  const Plan three = plan(three_asked);
  EXPECT_EQ(none.rebuild_minutes, 0);
  EXPECT_GT(three.rebuild_minutes, 0);
  EXPECT_GT(three.measure_minutes, none.measure_minutes);
  EXPECT_EQ(three.build_minutes, none.build_minutes);
  const Plan tight = plan(three_asked, {total(three) + three.rebuild_minutes - 1, 0, 10, 2});
  EXPECT_THAT(reasons(tight), ElementsAre(HasSubstr("does not fit the budget")));
}

TEST_F(Plans, NumericWorkloadsAreCountedAndFitTheBudget) {
  const std::string asked = SWEEP(
      R"("configurations": [{"name": "pgo", "pgo": "training"}, {"name": "O2", "opt": "O2"}])");
  PlanRequest request{std::nullopt, 0, 10, 2};
  const Plan none = plan(asked, request);
  request.numeric_workloads = 10;
  const Plan ten = plan(asked, request);
  EXPECT_EQ(none.numeric_minutes, 0);
  EXPECT_GT(ten.numeric_minutes, 0);
  EXPECT_DOUBLE_EQ(ten.measure_minutes, none.measure_minutes + ten.numeric_minutes);
  request.budget_minutes = total(ten) - 1;
  EXPECT_THAT(reasons(plan(asked, request)), ElementsAre(HasSubstr("does not fit the budget")));
}

TEST_F(Plans, RebuildsShareWhatComesBeforeTraining) {
  const Plan first = plan(SWEEP(R"("configurations": [{"name": "pgo", "pgo": "training"}])"));
  for (const auto& stage : first.stages) finish(stage.id);
  const Plan again = plan_rebuilds(first.recipes, 2, {source_, training_}, store_, 2);
  EXPECT_THAT(names(again), ElementsAre("baseline, rebuild 1", "pgo, rebuild 1",
                                        "baseline, rebuild 2", "pgo, rebuild 2"));
  std::vector<std::string> missing;
  for (const auto& stage : again.stages)
    if (!stage.cached) missing.push_back(stage.id.kind);
  EXPECT_THAT(missing, ElementsAre("compile", "build", "train", "compile", "build", "compile",
                                   "build", "train", "compile", "build"));
}

}  // namespace
}  // namespace pytune
