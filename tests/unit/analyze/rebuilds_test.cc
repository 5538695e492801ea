#include "analyze/rebuilds.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using synthetic::add_block;
using synthetic::arms_only;
using ::testing::SizeIs;

const std::vector<std::string> kWinner = {"b1", "b2", "b3"};
const std::vector<std::string> kBaseline = {"b4", "b5", "b6"};

// Log speeds of b1 to b6, all times without noise.
Measurement without_noise(const std::vector<double>& logs, int rounds = 3) {
  Measurement measurement = arms_only(logs.size() + 1);
  for (int round = 0; round < rounds; ++round) {
    for (const char* workload : {"w0", "w1"}) {
      std::vector<double> seconds{1, 1};  // the baseline and its copy
      for (const double log : logs) seconds.push_back(std::exp(-log));
      add_block(measurement, round, workload, seconds, Phase::rebuilds);
    }
  }
  return measurement;
}

RebuildComparison compared_rebuilds(const Measurement& measurement, double copy_bound = 0.001) {
  return compare_rebuilds(measurement, {kWinner, kBaseline}, copy_bound, {});
}

TEST(Rebuilds, TheEffectIsTheDifferenceOfTheMeansAndItsIntervalWelchs) {
  const auto comparison = compared_rebuilds(without_noise({0.10, 0.12, 0.14, 0.00, 0.02, 0.02}));
  // Means 0.12 and 0.01 (the baseline's first build, 0, counts); variances 0.0004 of 3 and 0.000133
  // of 4; standard error 0.012910, 3.02 degrees of freedom, t = 3.171.
  EXPECT_NEAR(std::log(comparison.speed.estimate), 0.11, 1e-9);
  EXPECT_NEAR(std::log(comparison.speed.high), 0.11 + 3.171 * 0.012910, 2e-4);
  EXPECT_NEAR(std::log(comparison.speed.low), 0.11 - 3.171 * 0.012910, 2e-4);
  EXPECT_NEAR(comparison.winner_spread, 0.02, 1e-9);
  EXPECT_NEAR(comparison.baseline_spread, 0.011547, 1e-6);
  EXPECT_EQ(comparison.verdict, Verdict::faster);
  ASSERT_THAT(comparison.winner, SizeIs(3));
  ASSERT_THAT(comparison.baseline, SizeIs(3));
  EXPECT_NEAR(std::log(comparison.winner[1].estimate), 0.12, 1e-9);
}

TEST(Rebuilds, ALeadThatLayoutsSpreadOverIsNone) {
  const auto comparison = compared_rebuilds(without_noise({0.06, -0.03, 0.00, 0.02, -0.02, 0.01}));
  EXPECT_EQ(comparison.verdict, Verdict::cannot_tell);
}

TEST(Rebuilds, ALeadWithinTheCopysBoundIsNone) {
  const auto measurement = without_noise({0.011, 0.010, 0.009, 0.000, 0.001, -0.001});
  EXPECT_EQ(compared_rebuilds(measurement, 0.001).verdict, Verdict::faster);
  EXPECT_NE(compared_rebuilds(measurement, 0.02).verdict, Verdict::faster);
}

TEST(Rebuilds, AWinnerThatRebuildsSlowerIsSlower) {
  const auto comparison = compared_rebuilds(without_noise({-0.10, -0.11, -0.10, 0.00, 0.01, 0.00}));
  EXPECT_EQ(comparison.verdict, Verdict::slower);
}

TEST(Rebuilds, WithoutAnyGoodBlockNothingIsKnown) {
  Measurement measurement = arms_only(7);
  add_block(measurement, 0, "w0", {1, 1, 0, 0, 0, 0, 0, 0}, Phase::rebuilds);
  const auto comparison = compared_rebuilds(measurement);
  EXPECT_EQ(comparison.verdict, Verdict::cannot_tell);
  EXPECT_GT(comparison.speed.high, 50);
}

TEST(Rebuilds, TooFewRebuildsAreRefused) {
  const Measurement measurement = without_noise({0.1, 0.1, 0.1, 0, 0, 0});
  EXPECT_THROW(compare_rebuilds(measurement, {{"b1"}, kBaseline}, 0, {}), std::invalid_argument);
  EXPECT_THROW(compare_rebuilds(measurement, {kWinner, {}}, 0, {}), std::invalid_argument);
}

// Builds of equal flags whose layouts differ by 1 %: how often a difference is claimed. Measuring
// one of each would claim nearly always, for the layouts do differ.
TEST(Rebuilds, EqualFlagsAreCalledDifferentNoMoreOftenThanOnceInTwenty) {
  std::mt19937_64 generator(7);
  std::normal_distribution<double> layout(0, 0.01);
  constexpr int kTrials = 400;
  int wrong = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const double first = layout(generator);  // the baseline's first build, which all are against
    std::vector<double> logs;
    for (int build = 0; build < 6; ++build) logs.push_back(layout(generator) - first);
    const auto verdict = compared_rebuilds(without_noise(logs, 2), 0).verdict;
    wrong += verdict == Verdict::faster || verdict == Verdict::slower ? 1 : 0;
  }
  EXPECT_LE(wrong, kTrials / 20 + 10);  // 95 % limit of a binomial with 5 %
}

}  // namespace
}  // namespace pytune
