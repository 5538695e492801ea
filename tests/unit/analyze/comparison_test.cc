#include "analyze/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "analyze/statistics.h"
#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using synthetic::add_block;
using synthetic::arms_only;
using synthetic::simulated;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const ComparisonSettings kSettings{.bootstrap_draws = 400};

Comparison compared(const Measurement& measurement, std::optional<Phase> phase = Phase::race) {
  return compare(measurement, phase, kSettings);
}

const ArmComparison& row(const Comparison& comparison, const std::string& arm) {
  for (const ArmComparison& candidate : comparison.arms) {
    if (candidate.arm == arm) {
      return candidate;
    }
  }
  throw std::out_of_range(arm);
}

double width(const Interval& interval) { return std::log(interval.high / interval.low); }

bool sane(const Interval& interval) {
  return std::isfinite(interval.low) && std::isfinite(interval.high) && interval.low > 0 &&
         interval.low <= interval.estimate && interval.estimate <= interval.high;
}

void expect_sane(const Comparison& comparison) {
  for (const ArmComparison& arm : comparison.arms) {
    EXPECT_TRUE(sane(arm.speed)) << arm.arm;
    EXPECT_TRUE(sane(arm.wall_speed)) << arm.arm;
    EXPECT_TRUE(std::isfinite(arm.minutes_to_tell)) << arm.arm;
    EXPECT_GE(arm.minutes_to_tell, 0);
    for (const WorkloadComparison& workload : arm.workloads) {
      EXPECT_TRUE(sane(workload.speed)) << arm.arm << " " << workload.workload;
    }
  }
  EXPECT_EQ(nlohmann::json(comparison).dump().find("null"), std::string::npos);
}

TEST(Compare, WithoutNoiseIsExact) {
  Measurement measurement = arms_only(3);
  for (int round = 0; round < 5; ++round) {
    add_block(measurement, round, "w", {1.0, 1.0, 0.5, 1.25});
    add_block(measurement, round, "v", {2.0, 2.0, 1.0, 4.0});
  }
  const Comparison comparison = compared(measurement);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 2, 1e-9);
  EXPECT_NEAR(row(comparison, "b1").speed.low, 2, 1e-6);
  EXPECT_EQ(row(comparison, "b1").verdict, Verdict::faster);
  EXPECT_NEAR(row(comparison, "b2").speed.estimate, std::sqrt(0.8 * 0.5),
              1e-9);  // the geometric mean
  EXPECT_EQ(row(comparison, "b2").verdict, Verdict::slower);
  EXPECT_EQ(row(comparison, "copy").verdict, Verdict::equivalent);
  EXPECT_NEAR(comparison.copy_bound, 0, 1e-9);
  EXPECT_EQ(comparison.rounds, 5);
  EXPECT_EQ(comparison.clock, Clock::cpu);
  ASSERT_EQ(row(comparison, "b2").workloads.size(), 2U);
  EXPECT_NEAR(row(comparison, "b2").workloads[1].speed.estimate, 0.5, 1e-9);
  EXPECT_EQ(row(comparison, "b2").workloads[1].blocks, 5);
  expect_sane(comparison);
}

// Noise of 50 % that a block's processes have in common must leave nothing behind.
TEST(Compare, PairingCancelsWhatABlockHasInCommon) {
  const synthetic::Shape shape{.speeds = {1, 1.02}};
  const auto noisy = compared(simulated(shape, {.process = 0.001, .block = 0.5, .round = 0.5}, 1));
  const auto quiet = compared(simulated(shape, {.process = 0.001}, 1));
  EXPECT_NEAR(row(noisy, "b1").speed.estimate, 1.02, 0.001);
  EXPECT_LT(width(row(noisy, "b1").speed), 0.003);
  EXPECT_EQ(row(noisy, "b1").verdict, Verdict::faster);
  EXPECT_NEAR(width(row(noisy, "b1").speed), width(row(quiet, "b1").speed), 0.002);
}

TEST(Compare, AFailedSampleNeverShiftsAnEstimate) {
  Measurement measurement = simulated({.rounds = 8, .speeds = {1, 1.05, 0.95}}, {.process = 0}, 1);
  for (std::size_t i = 0; i < measurement.blocks.size(); i += 3) {
    Sample& failed = measurement.blocks[i].samples[i % 4];
    failed.error = "exit status 1";
    failed.cpu_values = {1e6};  // must not be looked at
    failed.wall_values = {1e-6};
  }
  const Comparison comparison = compared(measurement);
  EXPECT_NEAR(row(comparison, "copy").speed.estimate, 1, 1e-9);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 1.05, 1e-9);
  EXPECT_NEAR(row(comparison, "b2").speed.estimate, 0.95, 1e-9);
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("32 of 384 processes failed")));
}

TEST(Compare, OutliersBarelyMoveIt) {
  Measurement measurement = simulated({.rounds = 8, .speeds = {1, 1.05}}, {.process = 0.005}, 3);
  const double before = row(compared(measurement), "b1").speed.estimate;
  for (std::size_t i = 0; i < measurement.blocks.size(); i += 9) {
    for (double& value : measurement.blocks[i].samples[2].cpu_values) {
      value *= 3;
    }
  }
  EXPECT_NEAR(row(compared(measurement), "b1").speed.estimate, before,
              0.005);  // a mean would move by 0.12
}

TEST(Compare, WallTimeIsReportedBesideAndDisagreementFlagged) {
  Measurement measurement = simulated({.speeds = {1, 1.1}}, {.process = 0.002}, 1);
  EXPECT_FALSE(row(compared(measurement), "b1").clocks_disagree);
  for (Block& block : measurement.blocks) {
    for (double& value : block.samples[2].wall_values) {
      value *= 1.3;
    }
  }
  const Comparison comparison = compared(measurement);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 1.1, 0.003);
  EXPECT_NEAR(row(comparison, "b1").wall_speed.estimate, 1.1 / 1.3, 0.003);
  EXPECT_TRUE(row(comparison, "b1").clocks_disagree);
  EXPECT_FALSE(row(comparison, "copy").clocks_disagree);
  for (Block& block : measurement.blocks) {
    for (double& value : block.samples[2].wall_values) {
      value /= 1.3 * 1.3;
    }
  }
  EXPECT_TRUE(row(compared(measurement), "b1").clocks_disagree);  // the other way round
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("disagree about b1")));
}

// An arm that beats the baseline by no more than its own copy does has shown nothing.
TEST(Compare, NothingWithinTheCopysReachIsBelieved) {
  const auto with_copy = compared(simulated({.speeds = {1.02, 1.018}}, {.process = 0.001}, 1));
  EXPECT_GT(row(with_copy, "b1").speed.low, 1);
  EXPECT_EQ(row(with_copy, "b1").verdict, Verdict::cannot_tell);
  EXPECT_EQ(row(with_copy, "copy").verdict, Verdict::cannot_tell);
  EXPECT_THAT(with_copy.warnings, Contains(HasSubstr("byte-identical")));
  EXPECT_NEAR(with_copy.copy_bound, 0.0205, 0.0007);
  EXPECT_GT(row(with_copy, "b1").minutes_to_tell,
            0);  // until the copy's interval, too, is short enough

  const auto beyond = compared(simulated({.speeds = {0.98, 1.03, 0.96}}, {.process = 0.001}, 1));
  EXPECT_NEAR(beyond.copy_bound, -std::log(0.98) + 0.0007, 0.0007);
  EXPECT_EQ(row(beyond, "b1").verdict, Verdict::faster);
  EXPECT_EQ(row(beyond, "b2").verdict, Verdict::slower);
}

TEST(Compare, WithoutACopyTheBoundIsZeroAndSaidSo) {
  Measurement measurement = simulated({.speeds = {1, 1.02}}, {.process = 0.001}, 1);
  EXPECT_THAT(compared(measurement).warnings, Not(Contains(HasSubstr("no copy"))));
  measurement.arms[1].role = Arm::Role::candidate;
  const Comparison comparison = compared(measurement);
  EXPECT_DOUBLE_EQ(comparison.copy_bound, 0);
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("no copy of the baseline")));
}

TEST(Compare, MinutesToTellScaleWithTheSquareOfTheHalfWidth) {
  Measurement measurement = simulated({.rounds = 6, .speeds = {1, 1.004}}, {.process = 0.02}, 5);
  double minutes = 0;
  for (const Block& block : measurement.blocks) {
    for (const Sample& sample : block.samples) {
      minutes += sample.process_wall_seconds / 60;
    }
  }
  const Comparison comparison = compared(measurement);
  const ArmComparison& arm = row(comparison, "b1");
  ASSERT_EQ(arm.verdict, Verdict::cannot_tell);
  const double effect = std::abs(std::log(arm.speed.estimate));
  const double half = std::max(width(arm.speed) / 2, comparison.copy_bound);
  const double by_effect = minutes * (std::pow(half / effect, 2) - 1);
  const double room = std::log(1.005) - effect;
  const double by_room = room > 0 ? minutes * (std::pow(width(arm.speed) / 2 / room, 2) - 1) : 1e9;
  EXPECT_NEAR(arm.minutes_to_tell, std::min(by_effect, by_room), 1e-6 * arm.minutes_to_tell);
  EXPECT_GT(arm.minutes_to_tell, 0);
  EXPECT_DOUBLE_EQ(row(comparison, "copy").minutes_to_tell, 0);

  ComparisonSettings by_two = kSettings;
  by_two.lanes = 2;
  const Comparison in_lanes = compare(measurement, Phase::race, by_two);
  EXPECT_DOUBLE_EQ(row(in_lanes, "b1").minutes_to_tell, arm.minutes_to_tell / 2);
}

TEST(Compare, ArmsOfOtherPhasesOnlyHaveNoRow) {
  Measurement measurement = simulated({.speeds = {1, 1.05, 1.02}}, {.process = 0.002}, 1);
  for (int round = 0; round < 5; ++round) {
    add_block(measurement, round, "w0", {1.0, 1.0, 0.9}, Phase::confirm);
  }
  EXPECT_EQ(compared(measurement, Phase::race).arms.size(), 3U);
  const Comparison confirm = compared(measurement, Phase::confirm);
  ASSERT_EQ(confirm.arms.size(), 2U);
  EXPECT_NEAR(row(confirm, "b1").speed.estimate, 1 / 0.9, 1e-6);
  EXPECT_EQ(compared(measurement, std::nullopt).rounds, 10);
}

TEST(Compare, NeedsExactlyOneBaselineAndSaneSettings) {
  Measurement measurement = arms_only(1);
  EXPECT_THROW(compare(measurement, {}, {.confidence = 1}), std::invalid_argument);
  EXPECT_THROW(compare(measurement, {}, {.bootstrap_draws = 0}), std::invalid_argument);
  measurement.arms[1].role = Arm::Role::baseline;
  EXPECT_THROW(compared(measurement), std::invalid_argument);
  EXPECT_THROW(compared(Measurement{}), std::invalid_argument);
}

TEST(Compare, IsTheSameForTheSameSeed) {
  const Measurement measurement = simulated({.speeds = {1, 1.02}}, {}, 1);
  EXPECT_EQ(nlohmann::json(compared(measurement)), nlohmann::json(compared(measurement)));
}

// --- degenerate input ---

TEST(Degenerate, NoBlocks) {
  const Comparison comparison = compared(arms_only(2));
  ASSERT_EQ(comparison.arms.size(), 2U);
  EXPECT_EQ(comparison.rounds, 0);
  EXPECT_EQ(comparison.arms[1].verdict, Verdict::cannot_tell);
  EXPECT_DOUBLE_EQ(comparison.arms[1].speed.estimate, 1);
  EXPECT_GT(comparison.arms[1].speed.high, 50);  // anything
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("nothing can be compared")));
  expect_sane(comparison);
}

TEST(Degenerate, OneBlockGivesAnEstimateAndNoVerdict) {
  Measurement measurement = arms_only(2);
  add_block(measurement, 0, "w", {1, 1, 0.5});
  const Comparison comparison = compared(measurement);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 2, 1e-9);
  EXPECT_EQ(row(comparison, "b1").verdict, Verdict::cannot_tell);
  EXPECT_GT(row(comparison, "b1").speed.high, 50);
  EXPECT_NEAR(row(comparison, "b1").minutes_to_tell, 4 * 4 * 2.5 / 60, 1e-9);  // four more rounds
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("a single round")));
  expect_sane(comparison);
}

TEST(Degenerate, OneRoundOfManyWorkloadsRepeatsNothing) {
  const Comparison comparison = compared(simulated({.rounds = 1, .speeds = {1, 1.5}}, {}, 1));
  EXPECT_EQ(row(comparison, "b1").verdict, Verdict::cannot_tell);
  expect_sane(comparison);
}

TEST(Degenerate, EverythingFailed) {
  Measurement measurement = arms_only(2);
  for (int round = 0; round < 5; ++round) {
    add_block(measurement, round, "w", {0, 0, 0});
  }
  const Comparison comparison = compared(measurement);
  EXPECT_EQ(comparison.arms.size(), 2U);
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("15 of 15 processes failed")));
  expect_sane(comparison);
}

TEST(Degenerate, AnArmMissingEverywhereLeavesTheOthersAlone) {
  Measurement measurement = simulated({.speeds = {1, 1.05}}, {.process = 0.01}, 1);
  const Comparison before = compared(measurement);
  measurement.arms.push_back({"ghost", "", {"/ghost"}, Arm::Role::candidate});
  const Comparison after = compared(measurement);
  EXPECT_EQ(row(after, "ghost").verdict, Verdict::cannot_tell);
  EXPECT_DOUBLE_EQ(row(after, "ghost").minutes_to_tell, 0);
  EXPECT_NEAR(width(row(after, "b1").speed), width(row(before, "b1").speed),
              0.2 * width(row(before, "b1").speed));
  EXPECT_DOUBLE_EQ(row(after, "b1").speed.estimate, row(before, "b1").speed.estimate);
  EXPECT_THAT(after.warnings, Contains(HasSubstr("ghost has no usable block")));
  expect_sane(after);
}

TEST(Degenerate, AWorkloadWithoutUsableBlocksIsNamed) {
  Measurement measurement = simulated({.speeds = {1, 1.05}}, {.process = 0.001}, 1);
  add_block(measurement, 0, "broken", {0, 1, 1});
  add_block(measurement, 0, "half", {1, 1, 0});
  const Comparison comparison = compared(measurement);
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("no usable block of broken")));
  EXPECT_THAT(comparison.warnings,
              Contains(HasSubstr("b1 has usable blocks of 12 of 13 workloads")));
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 1.05, 0.002);
  expect_sane(comparison);
}

TEST(Degenerate, ALastRoundCutShort) {
  Measurement measurement = simulated({.rounds = 3, .speeds = {1, 1.05}}, {.process = 0.01}, 1);
  measurement.blocks.resize(17);  // round 0, and five workloads of round 1
  const Comparison comparison = compared(measurement);
  EXPECT_EQ(comparison.rounds, 2);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 1.05, 0.03);
  expect_sane(comparison);
}

TEST(IsSettled, WhenNarrowEquivalentOrWithoutAnything) {
  ArmComparison row;
  row.verdict = Verdict::cannot_tell;
  row.speed = {1.02, 1.012, 1.028};
  EXPECT_TRUE(is_settled(row, 0.5));  // nothing was measured on it, and nothing will be
  row.workloads = {{"w", row.speed, 5}};
  EXPECT_TRUE(is_settled(row, 0.008));
  EXPECT_FALSE(is_settled(row, 0.0075));
  row.verdict = Verdict::equivalent;
  EXPECT_TRUE(is_settled(row, 0.001));
}

// --- warnings ---

TEST(Warnings, NoneOnAGoodRun) {
  EXPECT_TRUE(compared(simulated({.rounds = 5, .speeds = {1, 1.05}}, {.process = 0.001}, 1))
                  .warnings.empty());
}

TEST(Warnings, AFrequencyThatMovesIsToldWithItsRemedy) {
  Measurement measurement = simulated({.rounds = 6, .speeds = {1, 1.05}}, {.process = 0.001}, 1);
  const auto run_at = [&](double slow, double fast) {
    for (std::size_t i = 0; i < measurement.blocks.size(); ++i) {
      measurement.blocks[i].cpu_megahertz = i % 3 == 0 ? slow : fast;
      measurement.blocks[i].celsius = 71;
    }
    return compared(measurement).warnings;
  };
  EXPECT_THAT(run_at(2600, 3000),
              Contains("the CPUs' frequency moved between 2600 and 3000 MHz, at up to 71 degrees "
                       "Celsius: hold it with pytune doctor --tune -- COMMAND"));
  EXPECT_TRUE(run_at(2950, 3000).empty());
  EXPECT_TRUE(run_at(0, 3000).empty());  // one in three was not read
}

TEST(Warnings, FewRoundsStealSwitchesAndWallClock) {
  Measurement measurement = simulated({.rounds = 3, .speeds = {1, 1.05}}, {.process = 0.001}, 1);
  for (Block& block : measurement.blocks) {
    block.steal_seconds = 1;
    for (Sample& sample : block.samples) {
      sample.involuntary_switches = 1000;
      sample.cpu_values.clear();
    }
  }
  const Comparison comparison = compared(measurement);
  EXPECT_EQ(comparison.clock, Clock::wall);
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("only 3 rounds")));
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("steal")));
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("interrupted")));
  EXPECT_THAT(comparison.warnings, Contains(HasSubstr("wall time")));
}

TEST(Warnings, FewRoundsOfCountsAreEnough) {
  Measurement measurement = simulated({.rounds = 3, .speeds = {1, 1.05}}, {.process = 0.001}, 1);
  for (Block& block : measurement.blocks) {
    for (Sample& sample : block.samples) {
      sample.counters["instructions"] = {std::lround(1e9 * sample.wall_values.front()), 100};
      sample.cpu_values.clear();
      sample.wall_values.clear();
    }
  }
  const Comparison comparison = compared(measurement);
  EXPECT_EQ(comparison.clock, Clock::instructions);
  EXPECT_THAT(comparison.warnings, testing::Not(Contains(HasSubstr("only 3 rounds"))));
}

TEST(Degenerate, AMeanOverFewerWorkloadsBecauseOfSkippingSaysSo) {
  Measurement measurement =
      simulated({.workloads = 4, .speeds = {1, 1.05, 0.9}}, {.process = 0.001}, 1);
  for (Block& block : measurement.blocks) {
    if (block.workload == "w0")
      std::erase_if(block.samples, [](const Sample& sample) { return sample.arm == "b2"; });
  }
  measurement.skipped = {{"w0", "b2", "no numpy"}, {"elsewhere", "b1", "not measured by anybody"}};
  const Comparison comparison = compared(measurement);
  EXPECT_THAT(comparison.warnings,
              Contains(HasSubstr("b2 skipped 1 of 4 workloads, so its mean is over the other 3")));
  EXPECT_THAT(comparison.warnings, testing::Not(Contains(HasSubstr("errors of its samples"))));
  EXPECT_EQ(row(comparison, "b2").workloads.size(), 3U);
  EXPECT_NEAR(row(comparison, "b2").speed.estimate, 0.9, 0.01);
  EXPECT_NEAR(row(comparison, "b1").speed.estimate, 1.05, 0.01);
  expect_sane(comparison);
}

}  // namespace
}  // namespace pytune
