#include "campaign/stop_rules.h"

#include <gmock/gmock.h>

#include "analyze/looks.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ArmComparison row(const std::string& arm, const Interval& speed, Verdict verdict) {
  ArmComparison one;
  one.arm = arm;
  one.speed = speed;
  one.verdict = verdict;
  one.workloads = {{"w", speed, 5}};
  return one;
}

Comparison two_rows() {
  Comparison comparison;
  comparison.arms = {row("settled", {1.100, 1.099, 1.101}, Verdict::faster),
                     row("open", {1.05, 0.95, 1.15}, Verdict::cannot_tell)};
  return comparison;
}

const RaceState kFour{.live = 4, .minutes = 0, .minutes_per_round = 1};

TEST(FixedRounds, LooksOnceAndNobodyLeaves) {
  FixedRounds rule(7);
  const auto look = rule.look(1, kFour);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->rounds, 7);
  EXPECT_DOUBLE_EQ(look->confidence, 0.95);
  EXPECT_FALSE(rule.look(2, kFour));
  EXPECT_THAT(rule.leaving(two_rows()), IsEmpty());
  EXPECT_EQ(rule.shortfall(), "");
  EXPECT_DOUBLE_EQ(*rule.expected_minutes(kFour), 7);
}

TEST(UntilPrecise, LooksFartherAndFartherApartEachWithLessRisk) {
  UntilPrecise rule(0.005, 1000);
  const auto first = rule.look(1, kFour);
  const auto second = rule.look(2, kFour);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->rounds, rounds_at_look(1));
  EXPECT_EQ(second->rounds, rounds_at_look(2));
  EXPECT_GT(first->confidence, 0.95);
  EXPECT_GT(second->confidence, first->confidence);
}

TEST(UntilPrecise, LetsThoseLeaveWhoseIntervalIsNarrowEnough) {
  EXPECT_THAT(UntilPrecise(0.005, 15).leaving(two_rows()), ElementsAre("settled"));
  EXPECT_THAT(UntilPrecise(0.0001, 15).leaving(two_rows()), IsEmpty());
}

TEST(UntilPrecise, EndsWhenOnlyTheBaselineAndItsCopyAreLeft) {
  UntilPrecise rule(0.005, 15);
  EXPECT_FALSE(rule.look(2, {.live = 2}));
  EXPECT_EQ(rule.shortfall(), "");
}

TEST(UntilPrecise, EndsWhereTheNextLookWouldComeTooLateAndSaysSo) {
  UntilPrecise rule(0.005, 15);
  EXPECT_TRUE(rule.look(1, {.live = 4, .minutes_per_round = 100}));  // a first look is always had
  EXPECT_TRUE(rule.look(2, {.live = 4, .minutes = 10, .minutes_per_round = 1}));
  EXPECT_FALSE(rule.look(3, {.live = 4, .minutes = 13, .minutes_per_round = 1}));
  EXPECT_THAT(rule.shortfall(), HasSubstr("not every interval is within 0.5 % yet"));
}

TEST(UntilOneCanWin, LooksUpToTheLastRoundWithEqualShares) {
  UntilOneCanWin rule(15, {});
  std::vector<int> rounds;
  double confidence = 0;
  for (int number = 1; const auto look = rule.look(number, kFour); ++number) {
    rounds.push_back(look->rounds);
    confidence = look->confidence;
  }
  EXPECT_EQ(rounds, looks_of_race(15));
  EXPECT_DOUBLE_EQ(confidence, confidence_of_race(0.95, 15));
  EXPECT_FALSE(rule.expected_minutes(kFour));
}

TEST(UntilOneCanWin, LetsTheBeatenLeave) {
  Comparison comparison;
  comparison.arms = {row("fast", {1.2, 1.18, 1.22}, Verdict::faster),
                     row("slow", {1.02, 1.01, 1.03}, Verdict::faster),
                     row("system", {0.9, 0.89, 0.91}, Verdict::slower)};
  const UntilOneCanWin rule(15, {{"fast", {}}, {"slow", {}}});
  EXPECT_THAT(rule.leaving(comparison), ElementsAre("slow"));
}

}  // namespace
}  // namespace pytune
