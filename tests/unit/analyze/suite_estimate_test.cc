// The intervals themselves: against values from tables, and by a small simulation. The large one is
// tests/bench/statistics_coverage.cc.
#include "analyze/suite_estimate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analyze/statistics.h"
#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using synthetic::simulated;

SuiteEstimate estimate(const Measurement& measurement, int draws = 4000) {
  std::vector<std::string> arms;
  for (std::size_t i = 1; i < measurement.arms.size(); ++i) {
    arms.push_back(measurement.arms[i].id);
  }
  return estimate_suite(log_ratios(measurement, {}, Clock::cpu, "baseline", arms),
                        {.bootstrap_draws = draws});
}

// One arm on one workload is the textbook's paired sample: Student's t with rounds - 1 degrees of
// freedom.
TEST(SuiteEstimate, OneArmOneWorkloadIsStudentsT) {
  const SuiteEstimate suite =
      estimate(simulated({.rounds = 5, .workloads = 1, .speeds = {1}}, {}, 1), 20'000);
  EXPECT_NEAR(suite.critical, student_t(0.95, 4), 0.1);
  EXPECT_NEAR(suite.critical_alone[0], student_t(0.95, 4), 0.1);
}

// Whole rounds are the replication, however many workloads they have.
TEST(SuiteEstimate, OneArmManyWorkloadsIsStudentsTOverRounds) {
  const SuiteEstimate suite =
      estimate(simulated({.rounds = 5, .workloads = 12, .speeds = {1}}, {}, 1), 20'000);
  EXPECT_NEAR(suite.critical, student_t(0.95, 4), 0.1);
}

// Dunnett's table, two-sided 5 %, many degrees of freedom: 2.57 for six arms with a common
// baseline, correlation 1/2.
TEST(SuiteEstimate, SixArmsAgreeWithDunnett) {
  const SuiteEstimate suite =
      estimate(simulated({.rounds = 60, .workloads = 3, .speeds = {1, 1, 1, 1, 1, 1}}, {}, 1));
  EXPECT_NEAR(suite.critical, 2.57, 0.1);
  EXPECT_NEAR(suite.critical_alone[2], 1.96, 0.1);
}

TEST(SuiteEstimate, SimultaneousIntervalsAreWiderThanSingleOnes) {
  const SuiteEstimate suite =
      estimate(simulated({.rounds = 8, .speeds = {1, 1, 1, 1, 1, 1}}, {}, 1), 1000);
  const auto width = [](const Interval& interval) {
    return std::log(interval.high / interval.low);
  };
  EXPECT_GT(width(suite.simultaneous(3)), 1.2 * width(suite.alone(3)));
}

TEST(SuiteEstimate, AKnownMeanAndItsStandardError) {
  Measurement measurement = synthetic::arms_only(1);
  const std::vector<double> logs = {-0.02, -0.01, 0, 0.01, 0.02};
  for (std::size_t round = 0; round < logs.size(); ++round) {
    synthetic::add_block(measurement, static_cast<int>(round), "w", {std::exp(logs[round]), 1});
  }
  const SuiteEstimate suite = estimate(measurement);
  EXPECT_NEAR(suite.theta[0], 0, 1e-12);
  // The sample's standard error is 0.01 * sqrt(2.5 / 5); clipping takes a little off, and gives it
  // back on average.
  EXPECT_NEAR(std::sqrt(suite.variance[0]), 0.00707, 0.0005);
  const Interval of_workload = suite.of_workload(0, 0, 0.95);
  EXPECT_NEAR(std::log(of_workload.high), student_t(0.95, 4) * std::sqrt(suite.variance[0]), 1e-9);
}

// Huber's variance on clean noise is 1.05 times the mean's.
TEST(SuiteEstimate, ClippingIsAccountedForInTheVariance) {
  const SuiteEstimate suite = estimate(
      simulated({.rounds = 600, .workloads = 1, .speeds = {1}}, {.process = 0.02}, 1), 100);
  const double expected = 0.02 * std::sqrt(2.0) * std::sqrt(1.05 / 600);
  EXPECT_NEAR(std::sqrt(suite.variance[0]), expected, 0.1 * expected);
}

// A workload with one block is as noisy as the others, though it cannot show it.
TEST(SuiteEstimate, ASingleBlockAddsToTheVariance) {
  Measurement measurement = simulated({.rounds = 30, .workloads = 1, .speeds = {1}}, {}, 1);
  const SuiteEstimate before = estimate(measurement, 100);
  synthetic::add_block(measurement, 0, "extra", {1, 1});
  const SuiteEstimate after = estimate(measurement, 100);
  const double expected =
      before.variance[0] / 4 *
      31;  // half the weight each; the one block has 30 times the other's variance
  EXPECT_NEAR(after.variance[0], expected, 0.15 * expected);
}

// Noise that the blocks of a round share has to show, though every workload alone looks quiet.
TEST(SuiteEstimate, SharedNoiseOfRoundsWidensTheInterval) {
  const SuiteEstimate apart =
      estimate(simulated({.rounds = 20, .speeds = {1, 1}}, {.process = 0.01}, 1), 500);
  const SuiteEstimate shared = estimate(
      simulated({.rounds = 20, .speeds = {1, 1}}, {.process = 0.001, .arm_round = 0.01}, 1), 500);
  EXPECT_NEAR(apart.design_effect, 1, 0.8);
  EXPECT_GT(shared.design_effect, 50);
  const double expected = 0.01 * std::sqrt(2.0 / 20);  // of a mean over 20 rounds, arm and baseline
  EXPECT_NEAR(std::sqrt(shared.variance[1]), expected, 0.5 * expected);
}

TEST(SuiteEstimate, ANoisyArmDoesNotWidenTheOthers) {
  const synthetic::Noise noise{.process = 0.005};
  const SuiteEstimate plain =
      estimate(simulated({.rounds = 8, .speeds = {1, 1, 1, 1}}, noise, 4), 500);
  const SuiteEstimate noisy = estimate(
      simulated({.rounds = 8, .speeds = {1, 1, 1, 1}, .noisier = {1, 1, 1, 20}}, noise, 4), 500);
  EXPECT_LT(noisy.variance[0], 2.5 * plain.variance[0]);
  EXPECT_GT(noisy.variance[3], 50 * plain.variance[3]);
}

// Its values are clipped by its own noise and not by that of the quiet ones, which would make its
// estimates as coarse as medians.
TEST(SuiteEstimate, ANoisyArmIsEstimatedAsWellAsIfAlone) {
  double together = 0;
  double alone = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Measurement measurement = simulated(
        {.rounds = 8, .speeds = {1, 1, 1, 1}, .noisier = {1, 1, 1, 20}}, {.process = 0.002}, seed);
    together += std::pow(estimate(measurement, 1).theta[3], 2);
    alone += std::pow(estimate_suite(log_ratios(measurement, {}, Clock::cpu, "baseline", {"b3"}),
                                     {.bootstrap_draws = 1})
                          .theta[0],
                      2);
  }
  EXPECT_LT(together, 1.13 * alone);
}

// --- the sums of squares, by hand: two workloads in two rounds, influences of +-1/4 ---

LogRatios two_by_two(const std::vector<double>& values) {
  LogRatios table{{"a"}, {"w", "v"}, 2, {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    table.rows.push_back({i % 2, i / 2, {values[i]}});
  }
  return table;
}

TEST(Spread, OfNoiseThatRoundsShare) {
  const std::vector<double> influence = {0.25, 0.25, -0.25, -0.25};
  const Spread spread = spread_of(layout_of(two_by_two({1, 1, -1, -1})), 0, influence.data());
  EXPECT_DOUBLE_EQ(spread.within, 0.5);
  EXPECT_DOUBLE_EQ(spread.clustered, 1);
  EXPECT_DOUBLE_EQ(spread.interaction, 0);
}

TEST(Spread, OfNoiseWithinRounds) {
  const std::vector<double> influence = {0.25, -0.25, -0.25, 0.25};
  const Spread spread = spread_of(layout_of(two_by_two({1, -1, -1, 1})), 0, influence.data());
  EXPECT_DOUBLE_EQ(spread.within, 0.5);
  EXPECT_DOUBLE_EQ(spread.clustered, 0);
  EXPECT_DOUBLE_EQ(spread.interaction, 1);
}

TEST(Spread, AnArmsOwnDesignEffectCountsWhenItIsTheLarger) {
  const Spread spread{.within = 1, .interaction = 1, .clustered = 3};
  EXPECT_DOUBLE_EQ(shared_noise_variance(spread, 2), 3);
  EXPECT_DOUBLE_EQ(shared_noise_variance(spread, 5), 5);
}

TEST(Layout, WeighsWorkloadsAlikeWhateverTheirBlocks) {
  Measurement measurement = synthetic::arms_only(1);
  for (int round = 0; round < 4; ++round) {
    synthetic::add_block(measurement, round, "w", {1, 1});
  }
  synthetic::add_block(measurement, 0, "v", {2, 1});
  synthetic::add_block(measurement, 1, "v", {1, 0});
  const SuiteEstimate suite = estimate(measurement, 100);
  EXPECT_NEAR(suite.theta[0], std::log(2.0) / 2, 1e-12);
  EXPECT_EQ(suite.layout.arm_workloads[0], 2);
  EXPECT_EQ(suite.layout.blocks, (std::vector<int>{4, 1}));
  EXPECT_DOUBLE_EQ(suite.layout.weight[0], 1.0 / 8);
  EXPECT_DOUBLE_EQ(suite.layout.weight[4], 1.0 / 2);
}

struct Coverage {
  double all_hold = 0;
  double wrong = 0;  // arms of no effect whose interval excludes 1
};

Coverage coverage_of(const synthetic::Noise& noise, int rounds, int runs) {
  const std::vector<double> speeds = {1, 1, 1.02, 0.97};
  Coverage coverage;
  for (int run = 0; run < runs; ++run) {
    const SuiteEstimate suite =
        estimate(simulated({.rounds = rounds, .workloads = 6, .speeds = speeds}, noise,
                           static_cast<std::uint64_t>(run) + 1),
                 150);
    bool all = true;
    for (std::size_t arm = 0; arm < speeds.size(); ++arm) {
      const Interval interval = suite.simultaneous(arm);
      const bool holds = interval.low <= speeds[arm] && speeds[arm] <= interval.high;
      all = all && holds;
      coverage.wrong += arm < 2 && !holds ? 0.5 / runs : 0;
    }
    coverage.all_hold += all ? 1.0 / runs : 0;
  }
  return coverage;
}

TEST(Coverage, HoldsForIndependentNoise) {
  const Coverage coverage = coverage_of({}, 5, 200);
  EXPECT_GE(coverage.all_hold, 0.94);
  EXPECT_LE(coverage.wrong, 0.02);
}

TEST(Coverage, HoldsWithOutliers) {
  const Coverage coverage = coverage_of({.outliers = 0.05}, 5, 200);
  EXPECT_GE(coverage.all_hold, 0.94);
  EXPECT_LE(coverage.wrong, 0.02);
}

TEST(Coverage, HoldsWithNoiseThatRoundsShare) {
  const Coverage coverage = coverage_of({.process = 0.02, .arm_round = 0.03}, 5, 200);
  EXPECT_GE(coverage.all_hold, 0.92);  // 95 % but for the luck of 200 runs
  EXPECT_LE(coverage.wrong, 0.03);
}

}  // namespace
}  // namespace pytune
