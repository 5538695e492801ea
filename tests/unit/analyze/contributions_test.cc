#include <gtest/gtest.h>

#include <cmath>

#include "analyze/recommendation.h"
#include "unit/analyze/synthetic.h"

namespace pytune {
namespace {

using synthetic::arm_name;
using synthetic::Noise;
using synthetic::simulated;
using Values = std::vector<std::pair<std::string, std::string>>;

const ComparisonSettings kContributionSettings{.bootstrap_draws = 400};
const Noise kLittle{.process = 0.003};

Candidate candidate(const std::string& arm, const Values& values) {
  Candidate result{arm, {}};
  for (const auto& [axis, value] : values) {
    EXPECT_FALSE(set_value(result.configuration, axis, value)) << axis << "=" << value;
  }
  return result;
}

// What the made-up world gives per value; a build's speed is the product.
double speed_of(const Values& values) {
  double log_speed = 0;
  for (const auto& [axis, value] : values) {
    log_speed += axis == "pgo"   ? 0.10
                 : axis == "lto" ? 0.03
                 : axis == "pie" ? 0.015
                 : axis == "opt" ? -0.01
                                 : 0;
  }
  return std::exp(log_speed);
}

struct World {
  Measurement measurement;
  std::vector<Candidate> candidates;  // the baseline first

  std::vector<Contribution> explain(std::size_t chosen) const {
    return contributions(measurement, Phase::race, {candidates, candidates[0], candidates[chosen]},
                         kContributionSettings);
  }
};

// Build i of the list is arm "b<i+1>", its candidate index i + 1.
World world(const std::vector<Values>& builds, const Noise& noise = kLittle) {
  World result;
  result.candidates.push_back(candidate("baseline", {}));
  std::vector<double> speeds = {1};
  for (std::size_t i = 0; i < builds.size(); ++i) {
    speeds.push_back(speed_of(builds[i]));
    result.candidates.push_back(candidate(arm_name(i + 1), builds[i]));
  }
  result.measurement = simulated({.rounds = 6, .workloads = 6, .speeds = speeds}, noise, 11);
  return result;
}

const Contribution& of_axis(const std::vector<Contribution>& all, const std::string& axis) {
  for (const Contribution& contribution : all) {
    if (contribution.axis == axis) {
      return contribution;
    }
  }
  throw std::out_of_range(axis);
}

void expect_effect(const Contribution& contribution, double log_speed, double within = 0.004) {
  EXPECT_NEAR(std::log(contribution.speed.estimate), log_speed, within) << contribution.axis;
  EXPECT_LE(contribution.speed.low, std::exp(log_speed)) << contribution.axis;
  EXPECT_GE(contribution.speed.high, std::exp(log_speed)) << contribution.axis;
  EXPECT_LT(std::log(contribution.speed.high / contribution.speed.low), 0.03) << contribution.axis;
}

TEST(Contributions, OneForEachAxisThatDiffers) {
  const World all = world({{{"pgo", "training"}, {"lto", "full"}}});
  const auto found = all.explain(1);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].axis, "pgo");
  EXPECT_EQ(found[0].from, "none");
  EXPECT_EQ(found[0].to, "training");
  EXPECT_EQ(found[1].axis, "lto");
  EXPECT_TRUE(all.explain(0).empty());
}

TEST(Contributions, AMeasuredPairIsComparedDirectly) {
  // lto: b2 against b1, the pair with the chosen build; pgo: b1 against the baseline.
  const World all = world({{{"pgo", "training"}}, {{"pgo", "training"}, {"lto", "full"}}});
  const auto found = all.explain(2);
  EXPECT_EQ(of_axis(found, "lto").basis, "measured pair");
  EXPECT_EQ(of_axis(found, "pgo").basis, "measured pair");
  expect_effect(of_axis(found, "lto"), 0.03);
  expect_effect(of_axis(found, "pgo"), 0.10);
}

// The builds share the blocks' noise, and the pair must not pay for the baseline's.
TEST(Contributions, AMeasuredPairIsPairedInItsOwnBlocks) {
  World all = world({{{"pgo", "training"}}, {{"pgo", "training"}, {"lto", "full"}}});
  int disturbed = 0;
  for (Block& block : all.measurement.blocks) {
    for (double& value : block.samples[0].cpu_values) {
      value *= disturbed % 2 == 0 ? 1.5 : 1;  // the baseline's own trouble
    }
    ++disturbed;
  }
  expect_effect(of_axis(all.explain(2), "lto"), 0.03);
}

TEST(Contributions, TheAdditiveModelRecoversPlantedEffects) {
  const World all = world({{{"pgo", "training"}, {"lto", "full"}},
                           {{"pgo", "training"}, {"pie", "no-pie"}},
                           {{"lto", "full"}, {"pie", "no-pie"}},
                           {{"opt", "O2"}, {"pgo", "training"}, {"lto", "full"}, {"pie", "no-pie"}},
                           {{"opt", "O2"}, {"lto", "full"}}});
  const auto found = all.explain(4);
  ASSERT_EQ(found.size(), 4U);
  for (const std::string axis : {"pgo", "lto", "pie", "opt"}) {
    EXPECT_EQ(of_axis(found, axis).basis, "additive model") << axis;
  }
  expect_effect(of_axis(found, "pgo"), 0.10);
  expect_effect(of_axis(found, "lto"), 0.03);
  expect_effect(of_axis(found, "pie"), 0.015);
  expect_effect(of_axis(found, "opt"), -0.01);
}

// Where builds are not the sum of their parts, the model's intervals say so.
TEST(Contributions, InteractionsWidenTheModelsIntervals) {
  const std::vector<Values> builds = {
      {{"pgo", "training"}, {"lto", "full"}},
      {{"pgo", "training"}, {"pie", "no-pie"}},
      {{"lto", "full"}, {"pie", "no-pie"}},
      {{"pgo", "training"}, {"lto", "full"}, {"pie", "no-pie"}, {"opt", "O2"}},
      {{"opt", "O2"}, {"lto", "full"}},
      {{"opt", "O2"}, {"pgo", "training"}}};
  const World additive = world(builds);
  World interacting = additive;
  for (Block& block : interacting.measurement.blocks) {
    for (double& value : block.samples[3].cpu_values) {  // b2
      value *= 0.9;
    }
  }
  const auto width = [](const World& all) {
    const Contribution contribution = of_axis(all.explain(4), "pgo");
    EXPECT_EQ(contribution.basis, "additive model");
    return std::log(contribution.speed.high / contribution.speed.low);
  };
  EXPECT_GT(width(interacting), 3 * width(additive));
}

TEST(Contributions, AliasedAxesAreNamedAndTheirEffectCountedOnce) {
  const World all =
      world({{{"opt", "O2"}, {"pgo", "training"}, {"lto", "full"}},
             {{"opt", "O2"}, {"pgo", "training"}, {"lto", "full"}, {"pie", "no-pie"}}});
  const auto found = all.explain(2);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(of_axis(found, "opt").basis, "not separable from pgo, lto");
  expect_effect(of_axis(found, "opt"), -0.01 + 0.10 + 0.03);
  for (const std::string axis : {"pgo", "lto"}) {
    EXPECT_EQ(of_axis(found, axis).basis, "counted under opt");
    EXPECT_DOUBLE_EQ(of_axis(found, axis).speed.high, 1);
  }
  EXPECT_EQ(of_axis(found, "pie").basis, "measured pair");
  expect_effect(of_axis(found, "pie"), 0.015);
}

TEST(Contributions, OfABuildThatWasNotMeasuredAreUnknown) {
  World all = world({{{"lto", "full"}}});
  for (Block& block : all.measurement.blocks) {
    block.samples[2].error = "exit status 1";
  }
  const auto found = all.explain(1);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].basis, "not measured");
  EXPECT_LT(found[0].speed.low, 0.1);
  EXPECT_GT(found[0].speed.high, 10);
}

TEST(Contributions, ABuildThatFailsEverywhereDoesNotSpoilTheModel) {
  World all = world({{{"pgo", "training"}, {"lto", "full"}},
                     {{"pgo", "training"}, {"pie", "no-pie"}},
                     {{"lto", "full"}, {"pie", "no-pie"}},
                     {{"opt", "O2"}}});
  for (Block& block : all.measurement.blocks) {
    block.samples.back().error = "exit status 1";
  }
  expect_effect(of_axis(all.explain(1), "pgo"), 0.10, 0.006);
}

TEST(SpeedBetween, IsOfTheSecondAgainstTheFirst) {
  const World all = world({{{"pgo", "training"}}, {{"pgo", "training"}, {"lto", "full"}}});
  const Interval forth =
      speed_between(all.measurement, Phase::race, "b1", "b2", kContributionSettings);
  const Interval back =
      speed_between(all.measurement, Phase::race, "b2", "b1", kContributionSettings);
  EXPECT_NEAR(std::log(forth.estimate), 0.03, 0.004);
  EXPECT_NEAR(forth.estimate * back.estimate, 1, 1e-3);
}

}  // namespace
}  // namespace pytune
