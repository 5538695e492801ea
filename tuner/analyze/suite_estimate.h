// Speeds of all arms over the suite, and how sure they are. The statistical design is here; every
// number of the room is made by it.
//
// Model. y[r,w,a], the log ratio of arm a on workload w in round r, is mu[w,a] plus noise.
// Workloads are fixed: the answer is about this suite. Rounds are the replication. Noise may be
// shared by the arms of a block (the reference's own noise is in all of them) and by the blocks of
// a round (a disturbance that lasts).
//
// Estimate. Per workload and arm Huber's centre over the rounds (statistics.h says why), its scale
// pooled over the arms: scale[w,a] = scale[w] * factor[a]. The arm's suite estimate theta[a] is the
// mean of its centres: the log of the geometric mean of the speeds.
//
// Variance. From pseudo-residuals u = clipped residual / share of unclipped ones (Huber 1981,
// sections 6.5 and 7.6). Three sums of squares, as in an analysis of variance of rounds by
// workloads:
//   within[a]       each workload on its own: workloads * (rounds - 1) degrees of freedom, but
//                   blind to noise that the blocks of one round share, so perhaps too small;
//   interaction[a]  the same without what the blocks of a round share:
//                   (workloads - 1) * (rounds - 1) degrees of freedom;
//   clustered[a]    whole rounds (Kalibera & Jones 2013: the highest level that varies): right on
//                   average whatever rounds share, but with rounds - 1 degrees of freedom.
// The design effect clustered / interaction is a property of the machine and not of a build, so its
// mean over the arms is a much better estimate than each arm's own; an arm whose own is larger
// keeps it. Hence variance[a] is the largest of
//   within[a],  clustered[a],  interaction[a] * mean over the arms of clustered / interaction.
// An arm with noisier times than the others does not disturb them: only ratios are pooled.
//
// Intervals. theta[a] +- c * sqrt(variance[a]), with c the 95 % point of
//   max over arms |theta*[a]| / sqrt(variance*[a]):
// a bootstrap-t (Davison & Hinkley 1997, sections 2.4 and 5.2) with the joint distribution of the
// largest statistic over the arms (Westfall & Young 1993), so that all intervals hold at once. The
// draws are normal, with the arms' correlations, the workloads' scales and the missing blocks of
// the data, and the same computation except that within[a] is left out of the maximum: that makes c
// what is needed where rounds share noise, and a little too large where they do not. Resampling
// the data instead cannot reach the tail of five rounds: the percentile bootstrap over rounds,
// meant to cover 95 %, covered 75 % at 3 rounds, 84 % at 5, 89 % at 8 and 93 % at 20.
//
// What all this gives is in the table of tests/bench/statistics_coverage.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyze/comparison.h"
#include "analyze/log_ratios.h"

namespace pytune {

// Which observations there are, and what each weighs. What is per arm is arm-major:
// [arm * count + index].
struct Layout {
  std::size_t arms = 0;
  std::size_t workloads = 0;
  std::size_t rounds = 0;
  std::vector<std::size_t> row_workload;
  std::vector<std::size_t> row_round;
  std::vector<double> weight;      // [arm, row] in the arm's suite mean; 0: no such observation
  std::vector<int> blocks;         // [arm, workload]
  std::vector<int> arm_workloads;  // with at least one block
  std::vector<int> arm_rounds;     // with at least one block
  std::size_t rows() const { return row_workload.size(); }
};
Layout layout_of(const LogRatios& table);

// Variances of an arm's suite mean from the influences of its rows (weight * residual, summing to 0
// in each workload).
struct Spread {
  double within = 0;
  double interaction = 0;
  double clustered = 0;
  // 1 where there is no noise but that of floating-point arithmetic.
  double design_effect() const { return interaction > 1e-24 ? clustered / interaction : 1; }
};
Spread spread_of(const Layout& layout, std::size_t arm, const double* influence);
// Without `within`: what is needed where rounds do share noise.
double shared_noise_variance(const Spread& spread, double design_effect);

struct SuiteEstimate {
  Layout layout;
  std::vector<std::string> arms;
  std::vector<std::string> workloads;
  std::vector<double> centre;              // [arm, workload]
  std::vector<double> variance_of_centre;  // [arm, workload]; negative: not known
  std::vector<double> influence;           // [arm, row]: what the block did to the suite estimate
  std::vector<double> theta;               // log speed of the suite; 0 of an arm without blocks
  std::vector<double> variance;            // of theta; negative: not known (fewer than two rounds)
  double design_effect = 1;                // mean over the arms
  double critical = 0;                     // half-widths over sqrt(variance), for all arms at once
  std::vector<double> critical_alone;      // the same for one arm that was named in advance

  Interval simultaneous(std::size_t arm) const;
  Interval alone(std::size_t arm) const;
  // Student's t over the workload's own blocks.
  Interval of_workload(std::size_t arm, std::size_t workload, double confidence) const;
};

SuiteEstimate estimate_suite(const LogRatios& table, const ComparisonSettings& settings);

}  // namespace pytune
