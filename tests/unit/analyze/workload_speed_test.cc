#include "analyze/workload_speed.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pytune {
namespace {

Measurement measurement_of(const std::vector<std::pair<double, double>>& rounds) {
  Measurement measurement;
  measurement.arms = {{"a", "a", {"/a"}, Arm::Role::baseline}};
  measurement.workloads = {{"net_fp32", "", "numeric"}, {"net_bf16", "", "numeric"}};
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    for (const auto& [workload, seconds] :
         {std::pair("net_fp32", rounds[i].first), std::pair("net_bf16", rounds[i].second)}) {
      Block block;
      block.round = static_cast<int>(i);
      block.phase = Phase::numeric;
      block.workload = workload;
      Sample sample;
      sample.arm = "a";
      sample.wall_values = sample.cpu_values = {seconds};
      block.samples = {sample};
      measurement.blocks.push_back(block);
    }
  }
  return measurement;
}

Interval speed(const Measurement& measurement) {
  return speed_of_workload(measurement, Phase::numeric, {"a", "net_fp32", "net_bf16"}, 0.95);
}

TEST(WorkloadSpeed, IsTheGeometricMeanOfTheRoundsWithStudentsT) {
  const Interval found = speed(measurement_of({{2, 1}, {8, 2}, {3, 3}}));
  EXPECT_NEAR(found.estimate, 2, 1e-9);  // of 2, 4 and 1
  // The logs' deviation is log(2), so the half-width is 4.303 log(2) / sqrt(3).
  EXPECT_NEAR(std::log(found.high / found.estimate), 4.3027 * std::log(2) / std::sqrt(3), 1e-3);
  EXPECT_NEAR(found.low * found.high, 4, 1e-6);
}

TEST(WorkloadSpeed, OfOneRoundHasAnEstimateAndNoCertainty) {
  const Interval found = speed(measurement_of({{2, 1}}));
  EXPECT_NEAR(found.estimate, 2, 1e-9);
  EXPECT_GT(found.high, 100);
}

TEST(WorkloadSpeed, RoundsInWhichOneOfTheTwoFailedDoNotCount) {
  Measurement measurement = measurement_of({{2, 1}, {2, 1}, {2, 1}});
  measurement.blocks.back().samples.front().error = "crashed";
  const Interval found = speed(measurement);
  EXPECT_NEAR(found.low, 2, 1e-9);
  EXPECT_NEAR(found.high, 2, 1e-9);
}

TEST(WorkloadSpeed, OfNothingIsUnknown) {
  const Interval found = speed(measurement_of({}));
  EXPECT_EQ(found.estimate, 1);
  EXPECT_GT(found.high, 50);
}

}  // namespace
}  // namespace pytune
