#include "analyze/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pytune {
namespace {

TEST(Statistics, MeanAndMedian) {
  EXPECT_DOUBLE_EQ(mean(std::vector<double>{1, 2, 6}), 3);
  EXPECT_DOUBLE_EQ(median({6, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({6, 1, 2, 4}), 3);
  EXPECT_DOUBLE_EQ(mean({}), 0);
  EXPECT_DOUBLE_EQ(median({}), 0);
}

TEST(Statistics, UpperQuantileIsTheOrderStatistic) {
  std::vector<double> draws;
  for (int i = 1; i <= 99; ++i) {
    draws.push_back(100 - i);
  }
  EXPECT_DOUBLE_EQ(upper_quantile(draws, 0.95), 95);
  EXPECT_DOUBLE_EQ(upper_quantile(draws, 0.5), 50);
  EXPECT_DOUBLE_EQ(upper_quantile(draws, 0.9999), 99);
  EXPECT_DOUBLE_EQ(upper_quantile({}, 0.95), 0);
}

// From any table.
TEST(Statistics, StudentT) {
  EXPECT_NEAR(student_t(0.95, 1), 12.706, 0.001);
  EXPECT_NEAR(student_t(0.95, 4), 2.776, 0.001);
  EXPECT_NEAR(student_t(0.99, 10), 3.169, 0.001);
}

TEST(Huber, IsTheMeanWhileNothingIsFarOff) {
  EXPECT_NEAR(huber_centre({-1, 0, 0.5, 1.5}, 2), 0.25, 1e-9);
}

// The solution of sum(clip(x - c)) = 0 with one value clipped: 3 near ones at mean 0 and a pull of
// kHuberClip.
TEST(Huber, PullOfAnOutlierIsBounded) {
  EXPECT_NEAR(huber_centre({-0.1, 0, 0.1, 10}, 1), kHuberClip / 3, 1e-9);
  EXPECT_NEAR(huber_centre({-0.1, 0, 0.1, 1e6}, 1), kHuberClip / 3, 1e-9);
  EXPECT_NEAR(huber_centre({-0.1, 0, 0.1, -10}, 1), -kHuberClip / 3, 1e-9);
}

TEST(Huber, WithoutScaleIsTheMedian) { EXPECT_DOUBLE_EQ(huber_centre({1, 1, 1, 7}, 0), 1); }

TEST(Statistics, ScaleOfNormalDeviations) {
  EXPECT_NEAR(scale_of({0.6745, 0.1, 5}), 1, 1e-4);
  EXPECT_NEAR(scale_of({0, 0, 0, 4}), std::sqrt(std::acos(-1.0) / 2),
              1e-9);  // the median says nothing: by the mean
  EXPECT_DOUBLE_EQ(scale_of({}), 0);
}

TEST(NormalDraws, HaveMeanZeroAndVarianceOneAndASeed) {
  NormalDraws normal(1);
  double sum = 0;
  double squares = 0;
  double beyond = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double draw = normal();
    sum += draw;
    squares += draw * draw;
    beyond += std::abs(draw) > 1.959964 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(beyond / kDraws, 0.05, 0.003);
  EXPECT_DOUBLE_EQ(NormalDraws(5)(), NormalDraws(5)());
  EXPECT_NE(NormalDraws(5)(), NormalDraws(6)());
}

TEST(Interval, OfLog) {
  const Interval interval = interval_of_log(std::log(2), std::log(1.1));
  EXPECT_NEAR(interval.estimate, 2, 1e-12);
  EXPECT_NEAR(interval.low, 2 / 1.1, 1e-12);
  EXPECT_NEAR(interval.high, 2.2, 1e-12);
  EXPECT_NEAR(log_half_width(interval), std::log(1.1), 1e-12);
}

TEST(Interval, NeverOverflows) {
  const Interval interval = interval_of_log(1e6, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(interval.high));
  EXPECT_GT(interval.low, 0);
  EXPECT_NEAR(log_half_width(interval), kUnknownLog, 1e-9);
}

}  // namespace
}  // namespace pytune
