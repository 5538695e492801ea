#include <gtest/gtest.h>

#include "analyze/comparison.h"
#include "analyze/recommendation.h"
#include "sys/error.h"
#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using nlohmann::json;

Comparison some_comparison() {
  return compare(synthetic::simulated({.rounds = 3, .workloads = 2, .speeds = {1, 1.1, 0.9}},
                                      {.process = 0.002}, 1),
                 Phase::race, {.bootstrap_draws = 100});
}

TEST(AnalyzeJson, ComparisonSurvivesTheRoundTrip) {
  const Comparison before = some_comparison();
  ASSERT_EQ(before.arms.size(), 3U);
  const std::string text = json(before).dump();
  const auto after = json::parse(text).get<Comparison>();
  EXPECT_EQ(json(after).dump(), text);
  EXPECT_EQ(after.arms[1].arm, "b1");
  EXPECT_EQ(after.arms[1].verdict, Verdict::faster);
  EXPECT_DOUBLE_EQ(after.arms[1].speed.low, before.arms[1].speed.low);
  EXPECT_DOUBLE_EQ(after.arms[2].wall_speed.high, before.arms[2].wall_speed.high);
  EXPECT_EQ(after.arms[1].max_rss_kib, 10'000);
  EXPECT_EQ(after.arms[1].workloads.size(), 2U);
  EXPECT_EQ(after.arms[1].workloads[1].blocks, 3);
  EXPECT_DOUBLE_EQ(after.copy_bound, before.copy_bound);
  EXPECT_EQ(after.warnings, before.warnings);
  EXPECT_FALSE(after.warnings.empty());
}

TEST(AnalyzeJson, EveryVerdictSurvives) {
  Comparison comparison = some_comparison();
  for (const Verdict verdict :
       {Verdict::faster, Verdict::slower, Verdict::equivalent, Verdict::cannot_tell}) {
    comparison.arms[0].verdict = verdict;
    EXPECT_EQ(json(comparison).get<Comparison>().arms[0].verdict, verdict) << name_of(verdict);
  }
}

TEST(AnalyzeJson, RecommendationSurvivesTheRoundTrip) {
  Recommendation before;
  before.significant = true;
  before.confirmed = true;
  before.arm = "b1";
  before.speed = {1.1, 1.05, 1.15};
  before.contributions = {{"lto", "none", "full", {1.02, 1.01, 1.03}, "measured pair"}};
  before.regressions = {"w is slower"};
  for (const bool with_system : {false, true}) {
    if (with_system) {
      before.against_system = Interval{1.3, 1.2, 1.4};
    }
    const std::string text = json(before).dump();
    const auto after = json::parse(text).get<Recommendation>();
    EXPECT_EQ(json(after).dump(), text);
    EXPECT_EQ(after.against_system.has_value(), with_system);
    EXPECT_TRUE(after.significant);
    EXPECT_TRUE(after.confirmed);
    EXPECT_EQ(after.contributions[0].to, "full");
    EXPECT_DOUBLE_EQ(after.contributions[0].speed.high, 1.03);
    EXPECT_EQ(after.regressions, before.regressions);
  }
}

TEST(AnalyzeJson, WhatIsNotARecordIsRefused) {
  const json good = some_comparison();
  const std::vector<std::pair<std::string, json>> spoilt = {{"/clock", "sun"},
                                                            {"/confidence", 2},
                                                            {"/rounds", -1},
                                                            {"/arms", 1},
                                                            {"/arms/0/verdict", "best"},
                                                            {"/arms/0/speed/low", nullptr},
                                                            {"/arms/0/speed/low", 1e9},
                                                            {"/arms/0/clocks_disagree", 0},
                                                            {"/arms/0/workloads/0/blocks", "5"}};
  for (const auto& [pointer, value] : spoilt) {
    json bad = good;
    bad[json::json_pointer(pointer)] = value;
    EXPECT_THROW(bad.get<Comparison>(), UsageError) << pointer;
  }
  EXPECT_THROW(json("text").get<Comparison>(), UsageError);
  EXPECT_THROW(json::object().get<Recommendation>(), UsageError);
}

}  // namespace
}  // namespace pytune
