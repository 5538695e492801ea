#include "analyze/log_ratios.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using synthetic::add_block;
using synthetic::arms_only;

TEST(LogRatios, HalfTheTimeIsTwiceTheSpeed) {
  Measurement measurement = arms_only(2);
  add_block(measurement, 0, "w", {1.0, 0.5, 4.0});
  const LogRatios table = log_ratios(measurement, {}, Clock::cpu, "baseline", {"copy", "b1"});
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_NEAR(*table.rows[0].values[0], std::log(2.0), 1e-12);
  EXPECT_NEAR(*table.rows[0].values[1], -std::log(4.0), 1e-12);
}

TEST(LogRatios, OneProcessIsOneObservationItsMean) {
  Sample sample;
  sample.cpu_values = {1, 2, 6};
  sample.wall_values = {2, 4, 12};
  EXPECT_DOUBLE_EQ(*observed(sample, Clock::cpu), 3);
  EXPECT_DOUBLE_EQ(*observed(sample, Clock::wall), 6);
}

TEST(LogRatios, UnusableSamplesGiveNothing) {
  Sample sample;
  EXPECT_FALSE(observed(sample, Clock::wall));
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    sample.wall_values = {1, bad};
    EXPECT_FALSE(observed(sample, Clock::wall)) << bad;
  }
  sample.wall_values = {1, 1};
  EXPECT_TRUE(observed(sample, Clock::wall));
  sample.error = "timeout";
  EXPECT_FALSE(observed(sample, Clock::wall));
}

Sample counted(long instructions) {
  Sample sample;
  sample.counters["instructions"].value = instructions;
  return sample;
}

TEST(LogRatios, CountsAreComparedWhereThereAreNoTimes) {
  EXPECT_DOUBLE_EQ(*observed(counted(500), Clock::instructions), 500);
  EXPECT_FALSE(observed(counted(0), Clock::instructions));
  EXPECT_FALSE(observed(counted(500), Clock::cpu));
  Sample timed = counted(500);  // by perf, beside times
  timed.wall_values = {1};
  EXPECT_FALSE(observed(timed, Clock::instructions));

  Measurement measurement = arms_only(1);
  measurement.workloads.resize(1);
  measurement.workloads[0].name = "w";
  measurement.workloads[0].clock = Clock::wall;  // which counts have none of
  add_block(measurement, 0, "w", {1, 1});
  measurement.blocks[0].samples[0] = counted(1000);
  measurement.blocks[0].samples[0].arm = "baseline";
  measurement.blocks[0].samples[1] = counted(500);
  measurement.blocks[0].samples[1].arm = "copy";
  EXPECT_EQ(headline_clock(measurement, {}), Clock::instructions);
  const LogRatios table = log_ratios(measurement, {}, Clock::instructions, "baseline", {"copy"});
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_NEAR(*table.rows[0].values[0], std::log(2.0), 1e-12);
}

TEST(LogRatios, RatiosAreWithinTheBlockOnly) {
  Measurement measurement = arms_only(1);
  add_block(measurement, 0, "w", {1, 1});
  add_block(measurement, 1, "w", {8, 8});  // a slow hour
  add_block(measurement, 2, "w",
            {0, 2});  // the baseline failed: the arm's time has nothing to be compared with
  add_block(measurement, 3, "w", {16, 0});  // the arm failed
  const LogRatios table = log_ratios(measurement, {}, Clock::cpu, "baseline", {"copy"});
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_NEAR(*table.rows[0].values[0], 0, 1e-12);
  EXPECT_NEAR(*table.rows[1].values[0], 0, 1e-12);
  EXPECT_EQ(table.rounds, 2U);
}

TEST(LogRatios, RoundsOfTwoPhasesAreDistinct) {
  Measurement measurement = arms_only(1);
  add_block(measurement, 0, "w", {1, 1}, Phase::race);
  add_block(measurement, 0, "v", {1, 1}, Phase::race);
  add_block(measurement, 0, "w", {1, 1}, Phase::confirm);
  EXPECT_EQ(log_ratios(measurement, {}, Clock::cpu, "baseline", {"copy"}).rounds, 2U);
  EXPECT_EQ(log_ratios(measurement, Phase::race, Clock::cpu, "baseline", {"copy"}).rounds, 1U);
  EXPECT_EQ(log_ratios(measurement, Phase::race, Clock::cpu, "baseline", {"copy"}).rows.size(), 2U);
}

TEST(Clock, IsCpuUnlessAnArmHasNone) {
  Measurement measurement = arms_only(1);
  add_block(measurement, 0, "w", {1, 1});
  add_block(measurement, 1, "w", {1, 1});
  EXPECT_EQ(headline_clock(measurement, {}), Clock::cpu);
  measurement.blocks[0].samples[1].cpu_values.clear();
  EXPECT_EQ(headline_clock(measurement, {}), Clock::cpu);  // it has others
  measurement.blocks[1].samples[1].cpu_values.clear();
  EXPECT_EQ(headline_clock(measurement, {}), Clock::wall);
}

TEST(Clock, AnArmThatOnlyFailedDoesNotDecideIt) {
  Measurement measurement = arms_only(1);
  add_block(measurement, 0, "w", {1, 0});
  EXPECT_EQ(headline_clock(measurement, {}), Clock::cpu);
}

// CPU time of a process that waits for its workers says nothing of how long it took.
TEST(LogRatios, WorkloadsWithAClockOfTheirOwnAreTakenByIt) {
  Measurement measurement = arms_only(1);
  measurement.workloads = {{"pool", "/pool.py", "numeric"}, {"plain", "/plain.py", "numeric"}};
  measurement.workloads[0].clock = Clock::wall;
  add_block(measurement, 0, "pool", {1, 1});
  add_block(measurement, 0, "plain", {1, 1});
  for (Block& block : measurement.blocks) block.samples[1].wall_values = {0.5};
  const LogRatios table = log_ratios(measurement, Phase::race, Clock::cpu, "baseline", {"copy"});
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_DOUBLE_EQ(*table.rows[0].values[0], std::log(2.0));
  EXPECT_DOUBLE_EQ(*table.rows[1].values[0], 0);
}

}  // namespace
}  // namespace pytune
