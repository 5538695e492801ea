// The small tools of the room: centres, quantiles, random draws. The design they serve is told in
// suite_estimate.h.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "analyze/comparison.h"

namespace pytune {

double mean(std::span<const double> values);  // 0 of nothing
double median(std::vector<double> values);    // 0 of nothing
// The smallest draw that at least (count + 1) * level of the draws do not exceed (Davison & Hinkley
// 1997, section 2.4); the largest when level asks for more than there are.
double upper_quantile(std::vector<double> draws, double level);

// Two-sided: |t| stays below it with probability `confidence`.
double student_t(double confidence, double degrees_of_freedom);

// Huber's location estimate with the scale given (Huber 1964; Maronna, Martin, Yohai 2006,
// section 2.2): values further than kHuberClip * scale from the centre pull no harder than one at
// that distance. `scale` 0 gives the median.
//
// Why this one. A block's log ratio is roughly normal until the machine is disturbed, and then far
// off. These are blocks * variance, 1 being the mean's on clean noise; six arms share a baseline,
// and 5 % of all times, the baseline's too, have ten times the noise. "pooled" takes its scale from
// all arms of a workload, as is done here. From tests/bench/centre_efficiency.cc.
//
//                     clean noise                     5 % outliers at 10 sd
//   blocks             3     5     8    20    30       3     5     8    20    30
//   mean            1.00  1.00  1.00  1.00  1.00    5.98  5.96  5.97  5.92  5.93
//   median          1.35  1.44  1.34  1.47  1.50    2.39  1.91  1.70  1.78  1.81
//   trimmed 20 %    1.00  1.14  1.07  1.14  1.14    5.98  1.99  2.05  1.46  1.44
//   Hodges-Lehmann  1.03  1.08  1.07  1.06  1.06    4.42  2.47  1.82  1.53  1.50
//   Huber, own      1.00  1.04  1.06  1.05  1.06    5.98  2.50  1.80  1.50  1.46
//   Huber, pooled   1.03  1.04  1.04  1.05  1.05    4.16  2.02  1.65  1.47  1.44
//
// Pooled Huber loses 5 % to the mean when nothing is wrong, at any number of blocks; when something
// is, the mean needs about four times the blocks, and from 8 blocks on none has less variance than
// this (below, the median has). It moves continuously with the data, so that its variance can be
// estimated (the median's cannot from five values), and without outliers it is the mean, for which
// Student's t is exact.
inline constexpr double kHuberClip = 1.345;
double huber_centre(const std::vector<double>& values, double scale);

// The standard deviation that a normal distribution with these absolute deviations from its centre
// would have: by their median, so that up to half may be outliers; by their mean where more than
// half are 0.
double scale_of(const std::vector<double>& absolute_deviations);

// Standard normal draws, the same for one seed on every platform (std::normal_distribution is not).
class NormalDraws {
 public:
  explicit NormalDraws(std::uint64_t seed) : generator_(seed) {}
  double operator()();
  double uniform();  // in (0, 1)

 private:
  std::mt19937_64 generator_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// "Not known": an interval a hundredfold either way. JSON has no infinity, and no build of CPython
// is a hundred times another.
inline constexpr double kUnknownLog = 4.605170185988092;  // log(100)

// From logs to speeds. Half-widths are cut at kUnknownLog, estimates at e^+-100, so that nothing
// overflows.
Interval interval_of_log(double estimate, double half_width);
// The half-width that interval_of_log() was given.
double log_half_width(const Interval& interval);

}  // namespace pytune
