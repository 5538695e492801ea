#include "emulator/branch_predictors.h"

#include <gtest/gtest.h>

namespace pytune::emulator {
namespace {

constexpr std::uint64_t kDispatch = 0x400100;

std::uint64_t place(int n) { return 0x500000 + 64 * static_cast<std::uint64_t>(n); }

TEST(BranchPredictors, ABranchToOnePlaceIsMissedOnce) {
  BranchPredictors predictors;
  for (int i = 0; i < 1000; ++i) predictors.branch(kDispatch, place(0));
  EXPECT_EQ(predictors.counts().branches, 1000U);
  EXPECT_EQ(predictors.counts().last_target_misses, 1U);
  EXPECT_EQ(predictors.counts().history_misses, 1U);
}

TEST(BranchPredictors, ACycleIsForeseenByHistoryAloneOnceItHasBeenSeen) {
  BranchPredictors predictors;
  for (int i = 0; i < 1000; ++i) predictors.branch(kDispatch, place(i % 4));
  EXPECT_EQ(predictors.counts().last_target_misses, 1000U);
  // Until eight targets and a cycle have gone by.
  EXPECT_LE(predictors.counts().history_misses, 12U);
}

TEST(BranchPredictors, HistoryLooksEightBranchesBackAndNoFurther) {
  // The ninth branch repeats what the one before the last eight did.
  const auto misses = [](int distance) {
    BranchPredictors predictors;
    std::uint32_t random = 1;
    for (int round = 0; round < 4000; ++round) {
      random = random * 1664525 + 1013904223;
      const int chosen = static_cast<int>(random >> 31);
      predictors.branch(kDispatch, place(chosen));
      for (int i = 1; i < distance; ++i) predictors.branch(kDispatch + 4, place(8));
      predictors.branch(kDispatch + 8, place(chosen));
      for (int i = 0; i < 8; ++i) predictors.branch(kDispatch + 12, place(9));
    }
    return predictors.counts().history_misses;
  };
  // The choice itself cannot be foreseen: half of 4000 times.
  EXPECT_LT(misses(8), 2300U);
  EXPECT_GT(misses(9), 3300U);
}

TEST(BranchPredictors, ForgetsTheCountsAndKeepsWhatItLearned) {
  BranchPredictors predictors;
  predictors.branch(kDispatch, place(0));
  predictors.forget_counts();
  predictors.branch(kDispatch, place(0));
  EXPECT_EQ(predictors.counts().branches, 1U);
  EXPECT_EQ(predictors.counts().last_target_misses, 0U);
}

}  // namespace
}  // namespace pytune::emulator
