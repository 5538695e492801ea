#include "analyze/recommendation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ArmComparison arm(const std::string& id, Interval speed, Verdict verdict,
                  std::vector<WorkloadComparison> workloads = {{"w", {}, 5}}) {
  ArmComparison result;
  result.arm = id;
  result.speed = speed;
  result.verdict = verdict;
  result.workloads = std::move(workloads);
  return result;
}

Comparison comparison(std::vector<ArmComparison> arms) {
  Comparison result;
  result.clock = Clock::cpu;
  result.baseline = "baseline";
  result.arms = std::move(arms);
  return result;
}

const std::vector<Candidate> kCandidates = {{"baseline", {}}, {"b1", {}}, {"b2", {}}, {"b3", {}}};
const std::vector<Contribution> kContributions = {
    {"lto", "none", "full", {1.02, 1.01, 1.03}, "measured pair"}};

Comparison race() {
  return comparison(
      {arm("copy", {1.001, 0.99, 1.01}, Verdict::cannot_tell),
       arm("system", {1.5, 1.4, 1.6}, Verdict::faster),  // not a candidate
       arm("b2", {1.10, 1.08, 1.12}, Verdict::faster),
       arm("b1", {1.05, 1.03, 1.07}, Verdict::faster),
       arm("b3", {1.20, 0.99, 1.40}, Verdict::cannot_tell)});  // fastest, but not shown to be
}

TEST(Beaten, CannotReachTheFastestAnyMore) {
  const auto of = [](std::vector<ArmComparison> arms) {
    return beaten(comparison(std::move(arms)), kCandidates);
  };
  // b1 ends where b2 begins, at most; b3 may still be anything.
  EXPECT_THAT(of({arm("b2", {1.10, 1.08, 1.12}, Verdict::faster),
                  arm("b1", {1.05, 1.03, 1.07}, Verdict::faster),
                  arm("b3", {1.20, 0.99, 1.40}, Verdict::cannot_tell)}),
              testing::ElementsAre("b1"));
  EXPECT_THAT(of({arm("b2", {1.10, 1.08, 1.12}, Verdict::faster),
                  arm("b1", {1.05, 1.03, 1.08}, Verdict::faster)}),
              testing::IsEmpty());
  // Slower than the baseline: never taken, whatever the others are. What is no candidate stays.
  EXPECT_THAT(of({arm("b1", {0.95, 0.93, 0.97}, Verdict::slower),
                  arm("system", {0.5, 0.4, 0.6}, Verdict::slower)}),
              testing::ElementsAre("b1"));
}

TEST(PickWinner, IsTheFastestCandidateThatIsFaster) {
  EXPECT_EQ(pick_winner(race(), kCandidates), "b2");
  EXPECT_EQ(pick_winner(race(), {{"b3", {}}}), std::nullopt);
  EXPECT_EQ(pick_winner(comparison({}), kCandidates), std::nullopt);
}

TEST(Recommend, TheWinnerOfTheRace) {
  const Recommendation result = recommend({race()}, kCandidates, kContributions, "system");
  EXPECT_TRUE(result.significant);
  EXPECT_FALSE(result.confirmed);
  EXPECT_EQ(result.arm, "b2");
  EXPECT_DOUBLE_EQ(result.speed.estimate, 1.10);
  EXPECT_EQ(result.contributions.size(), 1U);
}

TEST(Recommend, TheConfirmationsFiguresReplaceTheRaces) {
  const Comparison confirm = comparison({arm("b2", {1.06, 1.04, 1.08}, Verdict::faster)});
  const Recommendation result = recommend({race(), confirm}, kCandidates, kContributions, "system");
  EXPECT_TRUE(result.significant);
  EXPECT_TRUE(result.confirmed);
  EXPECT_DOUBLE_EQ(result.speed.estimate, 1.06);
  EXPECT_DOUBLE_EQ(result.speed.low, 1.04);
  // The system's python3 was in the race only, so both figures are from there.
  EXPECT_DOUBLE_EQ(result.against_system->estimate, 1.10 / 1.5);
}

TEST(Recommend, AWinnerThatIsNotConfirmedIsNone) {
  const Comparison confirm = comparison({arm("b2", {1.01, 0.99, 1.03}, Verdict::cannot_tell)});
  const Recommendation result = recommend({race(), confirm}, kCandidates, kContributions, "system");
  EXPECT_FALSE(result.significant);
  EXPECT_TRUE(result.confirmed);
  EXPECT_EQ(result.arm, "baseline");
  EXPECT_DOUBLE_EQ(result.speed.estimate, 1);
  EXPECT_THAT(result.contributions, IsEmpty());
}

TEST(Recommend, AConfirmationWithoutTheWinnerIsNone) {
  for (const Comparison& confirm :
       {comparison({}), comparison({arm("b2", {1, 0.01, 100}, Verdict::cannot_tell, {})})}) {
    const Recommendation result = recommend({race(), confirm}, kCandidates, {}, "system");
    EXPECT_TRUE(result.significant);
    EXPECT_FALSE(result.confirmed);
    EXPECT_DOUBLE_EQ(result.speed.estimate, 1.10);
  }
}

RebuildComparison rebuilt(const Interval& speed, Verdict verdict) {
  RebuildComparison comparison;
  comparison.speed = speed;
  comparison.verdict = verdict;
  comparison.winner = {speed, speed, speed};
  return comparison;
}

TEST(Recommend, TheRebuildsSpeedIsTheWinners) {
  const Recommendation result =
      recommend({race(), {}, rebuilt({1.06, 1.03, 1.09}, Verdict::faster)}, kCandidates,
                kContributions, "system");
  EXPECT_TRUE(result.significant);
  EXPECT_EQ(result.arm, "b2");
  EXPECT_EQ(result.rebuilds, 3);
  EXPECT_DOUBLE_EQ(result.speed.estimate, 1.06);
}

TEST(Recommend, AWinnerWhoseRebuildsAreNotFasterIsNone) {
  for (const Verdict verdict : {Verdict::cannot_tell, Verdict::slower, Verdict::equivalent}) {
    const Recommendation result =
        recommend({race(), {}, rebuilt({1.01, 0.99, 1.03}, verdict)}, kCandidates, {}, "system");
    EXPECT_FALSE(result.significant);
    EXPECT_EQ(result.arm, "baseline");
    EXPECT_EQ(result.rebuilds, 0);
  }
}

TEST(Recommend, WithoutAWinnerTheBaselineStays) {
  const Comparison nothing = comparison({arm("b1", {1.01, 0.99, 1.03}, Verdict::cannot_tell),
                                         arm("b2", {0.9, 0.8, 0.95}, Verdict::slower)});
  const Recommendation result = recommend({nothing}, kCandidates, kContributions, "");
  EXPECT_FALSE(result.significant);
  EXPECT_FALSE(result.confirmed);
  EXPECT_EQ(result.arm, "baseline");
  EXPECT_FALSE(result.against_system);
  EXPECT_THAT(result.contributions, IsEmpty());
}

TEST(Recommend, AgainstTheSystemIsTheQuotientOfBothIntervals) {
  const Comparison both = comparison({arm("system", {0.8, 0.75, 0.9}, Verdict::slower),
                                      arm("b1", {1.2, 1.1, 1.3}, Verdict::faster)});
  const Recommendation result = recommend({both}, kCandidates, {}, "system");
  ASSERT_TRUE(result.against_system);
  EXPECT_DOUBLE_EQ(result.against_system->estimate, 1.2 / 0.8);
  EXPECT_DOUBLE_EQ(result.against_system->low, 1.1 / 0.9);
  EXPECT_DOUBLE_EQ(result.against_system->high, 1.3 / 0.75);

  const Recommendation stays = recommend({comparison({both.arms[0]})}, kCandidates, {}, "system");
  EXPECT_DOUBLE_EQ(stays.against_system->estimate, 1 / 0.8);
}

TEST(Recommend, RegressionsOfTheChosenArmOnly) {
  const std::vector<WorkloadComparison> workloads = {{"fine", {1.1, 1.05, 1.15}, 5},
                                                     {"worse", {0.95, 0.93, 0.97}, 5},
                                                     {"unsure", {0.95, 0.90, 1.01}, 5},
                                                     {"slight", {0.993, 0.991, 0.995}, 5}};
  const Comparison one = comparison(
      {arm("b1", {1.05, 1.03, 1.07}, Verdict::faster, workloads),
       arm("b2", {1.01, 0.99, 1.02}, Verdict::cannot_tell, {{"other", {0.5, 0.4, 0.6}, 5}})});
  const Recommendation result = recommend({one}, kCandidates, {}, "system");
  EXPECT_THAT(
      result.regressions,
      ElementsAre("worse runs at 0.950 of the baseline's speed (95 % interval 0.930 to 0.970)"));
}

}  // namespace
}  // namespace pytune
