#include "analyze/additive_model.h"

#include <gtest/gtest.h>

namespace pytune {
namespace {

Configuration with(const std::vector<std::pair<std::string, std::string>>& values) {
  Configuration configuration;
  for (const auto& [axis, value] : values) {
    EXPECT_FALSE(set_value(configuration, axis, value)) << axis << "=" << value;
  }
  return configuration;
}

double effect(const AdditiveModel& model, std::size_t column,
              const std::vector<double>& log_speeds) {
  double sum = 0;
  for (std::size_t build = 0; build < log_speeds.size(); ++build) {
    sum += model.weights(column)[build] * log_speeds[build];
  }
  return sum;
}

TEST(AdditiveModel, HasAColumnPerValueThatDiffersInTheOrderOfTheAxes) {
  const AdditiveModel model(
      Configuration(),
      {with({{"lto", "full"}}), with({{"opt", "O2"}, {"lto", "thin"}}), Configuration()});
  ASSERT_EQ(model.columns().size(), 3U);
  EXPECT_EQ(model.columns()[0], (AdditiveModel::Column{"opt", "O2"}));
  EXPECT_EQ(model.columns()[1], (AdditiveModel::Column{"lto", "full"}));
  EXPECT_EQ(model.columns()[2], (AdditiveModel::Column{"lto", "thin"}));
}

// Three builds, three effects: 0.10, 0.02 and -0.01 by arithmetic, without any build that differs
// in one axis alone.
TEST(AdditiveModel, SolvesForTheEffects) {
  const AdditiveModel model(Configuration(), {with({{"pgo", "training"}, {"lto", "full"}}),
                                              with({{"pgo", "training"}, {"pie", "no-pie"}}),
                                              with({{"lto", "full"}, {"pie", "no-pie"}})});
  const std::vector<double> log_speeds = {0.12, 0.09, 0.01};
  ASSERT_EQ(model.columns().size(), 3U);
  EXPECT_NEAR(effect(model, 0, log_speeds), 0.10, 1e-6);   // pgo
  EXPECT_NEAR(effect(model, 1, log_speeds), 0.02, 1e-6);   // lto
  EXPECT_NEAR(effect(model, 2, log_speeds), -0.01, 1e-6);  // pie
  EXPECT_EQ(model.degrees_of_freedom(), 0);
  EXPECT_NE(model.group(0), model.group(1));
  EXPECT_NE(model.group(1), model.group(2));
}

TEST(AdditiveModel, ResidualsAreWhatIsLeft) {
  const AdditiveModel model(Configuration(), {with({{"lto", "full"}}), with({{"lto", "full"}})});
  EXPECT_EQ(model.degrees_of_freedom(), 1);
  EXPECT_NEAR(model.residual_weights(0)[0], 0.5, 1e-6);
  EXPECT_NEAR(model.residual_weights(0)[1], -0.5, 1e-6);
}

TEST(AdditiveModel, ColumnsThatAlwaysOccurTogetherAreOneGroup) {
  const AdditiveModel model(Configuration(),
                            {with({{"opt", "O2"}, {"lto", "full"}, {"pie", "no-pie"}}),
                             with({{"opt", "O2"}, {"lto", "full"}})});
  EXPECT_EQ(model.group(0), model.group(1));
  EXPECT_NE(model.group(0), model.group(2));
  EXPECT_NEAR(effect(model, 0, {0.3, 0.2}) + effect(model, 1, {0.3, 0.2}), 0.2,
              1e-5);  // the joint effect
}

// opt alone and opt with lto: lto can be told from opt although it never occurs without it.
TEST(AdditiveModel, NestedColumnsAreSeparable) {
  const AdditiveModel model(Configuration(),
                            {with({{"opt", "O2"}}), with({{"opt", "O2"}, {"lto", "full"}})});
  EXPECT_NE(model.group(0), model.group(1));
  EXPECT_NEAR(effect(model, 1, {0.1, 0.15}), 0.05, 1e-6);
}

// a + b, b + c and a + 2b + c cannot all be had from three columns: here two rows, three columns,
// one circuit through all.
TEST(AdditiveModel, ACircuitOfThreeIsOneGroup) {
  const AdditiveModel model(Configuration(), {with({{"opt", "O2"}, {"lto", "full"}}),
                                              with({{"lto", "full"}, {"pie", "no-pie"}})});
  EXPECT_EQ(model.group(0), model.group(1));
  EXPECT_EQ(model.group(1), model.group(2));
}

TEST(AdditiveModel, OfNothing) {
  const AdditiveModel model(Configuration(), {});
  EXPECT_TRUE(model.columns().empty());
  EXPECT_EQ(model.degrees_of_freedom(), 0);
}

}  // namespace
}  // namespace pytune
