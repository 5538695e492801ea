#include "analyze/statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace pytune {

double mean(std::span<const double> values) {
  if (values.empty()) {
    return 0;
  }
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double upper_quantile(std::vector<double> draws, double level) {
  if (draws.empty()) {
    return 0;
  }
  const double rank = std::ceil(level * static_cast<double>(draws.size() + 1));
  const auto last = static_cast<double>(draws.size());
  const auto index = static_cast<std::ptrdiff_t>(std::clamp(rank, 1.0, last)) - 1;
  std::nth_element(draws.begin(), draws.begin() + index, draws.end());
  return draws[static_cast<std::size_t>(index)];
}

double student_t(double confidence, double degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), (1 + confidence) / 2);
}

double huber_centre(const std::vector<double>& values, double scale) {
  double centre = median(values);
  const double clip = kHuberClip * scale;
  // Each step replaces far values by the nearest allowed ones and takes the mean: it converges from
  // anywhere, by a constant factor per step, and 200 steps leave nothing that a double could show.
  for (int step = 0; step < 200 && clip > 0; ++step) {
    double pull = 0;
    for (const double value : values) {
      pull += std::clamp(value - centre, -clip, clip);
    }
    pull /= static_cast<double>(values.size());
    centre += pull;
    if (std::abs(pull) < 1e-12 * clip) {
      break;
    }
  }
  return centre;
}

double scale_of(const std::vector<double>& absolute_deviations) {
  constexpr double kNormalByMedian = 1.4826;  // 1 / the normal distribution's quartile
  const double kNormalByMean = std::sqrt(std::numbers::pi / 2);
  const double by_median = kNormalByMedian * median(absolute_deviations);
  return by_median > 0 ? by_median : kNormalByMean * mean(absolute_deviations);
}

double NormalDraws::uniform() {
  constexpr double kStep = 1.0 / 9007199254740992.0;  // 2^-53
  return (static_cast<double>(generator_() >> 11) + 0.5) * kStep;
}

// Marsaglia's polar method: two at a time.
double NormalDraws::operator()() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double x = 0;
  double y = 0;
  double square = 0;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square <= 0);
  const double factor = std::sqrt(-2 * std::log(square) / square);
  spare_ = y * factor;
  has_spare_ = true;
  return x * factor;
}

Interval interval_of_log(double estimate, double half_width) {
  const double centre = std::clamp(estimate, -100.0, 100.0);
  const double half = std::min(half_width, kUnknownLog);
  return {std::exp(centre), std::exp(centre - half), std::exp(centre + half)};
}

double log_half_width(const Interval& interval) {
  return std::log(interval.high / interval.estimate);
}

}  // namespace pytune
