#include "analyze/suite_estimate.h"

#include <algorithm>
#include <cmath>

#include "analyze/max_t.h"
#include "analyze/statistics.h"

namespace pytune {
namespace {

// An arm's own noise, and its own share of unclipped values, are taken to be the average arm's with
// the weight of this many blocks: five blocks of a single workload say next to nothing about
// either.
constexpr double kPriorBlocks = 20;

// values[workload] of one arm.
std::vector<std::vector<double>> values_of(const LogRatios& table, std::size_t arm) {
  std::vector<std::vector<double>> values(table.workloads.size());
  for (const LogRatios::Row& row : table.rows) {
    if (row.values[arm]) {
      values[row.workload].push_back(*row.values[arm]);
    }
  }
  return values;
}

// Absolute deviations from the median without the smallest of them: with an odd number of values it
// is 0 by construction, and two values have the same deviation twice.
std::vector<double> deviations(const std::vector<double>& values) {
  const double centre = median(values);
  std::vector<double> all;
  all.reserve(values.size());
  for (const double value : values) {
    all.push_back(std::abs(value - centre));
  }
  if (!all.empty()) {
    all.erase(std::min_element(all.begin(), all.end()));
  }
  return all;
}

// The noise of one observation: scale[workload] * factor[arm].
struct Scales {
  std::vector<double> workload;
  std::vector<double> factor;
};

Scales pooled_scales(const LogRatios& table) {
  Scales scales;
  std::vector<std::vector<std::vector<double>>> all;  // [arm][workload]
  for (std::size_t arm = 0; arm < table.arms.size(); ++arm) {
    all.push_back(values_of(table, arm));
    for (std::vector<double>& values : all.back()) {
      values = deviations(values);
    }
  }
  for (std::size_t workload = 0; workload < table.workloads.size(); ++workload) {
    std::vector<double> pool;
    for (const auto& arm : all) {
      pool.insert(pool.end(), arm[workload].begin(), arm[workload].end());
    }
    scales.workload.push_back(scale_of(pool));
  }
  for (const auto& arm : all) {
    std::vector<double> relative;
    for (std::size_t workload = 0; workload < table.workloads.size(); ++workload) {
      for (const double deviation : arm[workload]) {
        if (scales.workload[workload] > 0) {
          relative.push_back(deviation / scales.workload[workload]);
        }
      }
    }
    const double own = scale_of(relative);
    const auto count = static_cast<double>(relative.size());
    scales.factor.push_back(own > 0 ? std::pow(own, count / (count + kPriorBlocks)) : 1);
  }
  return scales;
}

void estimate_centres(const LogRatios& table, const Scales& scales, SuiteEstimate& suite) {
  const std::size_t workloads = table.workloads.size();
  suite.centre.assign(table.arms.size() * workloads, 0);
  suite.theta.assign(table.arms.size(), 0);
  for (std::size_t arm = 0; arm < table.arms.size(); ++arm) {
    const auto values = values_of(table, arm);
    for (std::size_t workload = 0; workload < workloads; ++workload) {
      if (!values[workload].empty()) {
        const double scale = scales.workload[workload] * scales.factor[arm];
        suite.centre[arm * workloads + workload] = huber_centre(values[workload], scale);
        suite.theta[arm] +=
            suite.centre[arm * workloads + workload] / suite.layout.arm_workloads[arm];
      }
    }
  }
}

struct Clipped {
  std::vector<double> residuals;  // one per row, 0 where the arm has none
  double observed = 0;
  double unclipped = 0;
};

Clipped clipped_residuals(const LogRatios& table, const Scales& scales, const SuiteEstimate& suite,
                          std::size_t arm) {
  Clipped clipped;
  clipped.residuals.assign(table.rows.size(), 0.0);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const LogRatios::Row& row = table.rows[i];
    if (row.values[arm]) {
      const double clip = kHuberClip * scales.workload[row.workload] * scales.factor[arm];
      const double residual =
          *row.values[arm] - suite.centre[arm * table.workloads.size() + row.workload];
      clipped.observed += 1;
      clipped.unclipped += std::abs(residual) <= clip ? 1 : 0;
      clipped.residuals[i] = std::clamp(residual, -clip, clip);
    }
  }
  return clipped;
}

// Pseudo-residuals per arm: clipped ones, each divided by the share that is not clipped.
std::vector<std::vector<double>> pseudo_residuals(const LogRatios& table, const Scales& scales,
                                                  const SuiteEstimate& suite) {
  std::vector<Clipped> clipped;
  double observed = 0;
  double unclipped = 0;
  for (std::size_t arm = 0; arm < table.arms.size(); ++arm) {
    clipped.push_back(clipped_residuals(table, scales, suite, arm));
    observed += clipped.back().observed;
    unclipped += clipped.back().unclipped;
  }
  // Scales are medians, so half or more are unclipped; the floor is for a handful of values.
  const double average = observed > 0 ? std::max(unclipped / observed, 0.5) : 1;
  std::vector<std::vector<double>> all;
  for (Clipped& arm : clipped) {
    const double share = (arm.unclipped + kPriorBlocks * average) / (arm.observed + kPriorBlocks);
    for (double& residual : arm.residuals) {
      residual /= share;
    }
    all.push_back(std::move(arm.residuals));
  }
  return all;
}

void estimate_influences(const LogRatios& table, const Scales& scales, SuiteEstimate& suite) {
  const Layout& layout = suite.layout;
  suite.influence.assign(layout.arms * layout.rows(), 0);
  suite.variance_of_centre.assign(layout.arms * layout.workloads, 0);
  const auto all = pseudo_residuals(table, scales, suite);
  for (std::size_t arm = 0; arm < layout.arms; ++arm) {
    const std::vector<double>& residuals = all[arm];
    for (std::size_t i = 0; i < layout.rows(); ++i) {
      const std::size_t cell = arm * layout.workloads + layout.row_workload[i];
      const double n = layout.blocks[cell];
      suite.influence[arm * layout.rows() + i] =
          layout.weight[arm * layout.rows() + i] * residuals[i];
      if (n > 1) {
        suite.variance_of_centre[cell] += residuals[i] * residuals[i] / (n * (n - 1));
      }
    }
    for (std::size_t workload = 0; workload < layout.workloads; ++workload) {
      const std::size_t cell = arm * layout.workloads + workload;
      if (layout.blocks[cell] < 2) {
        suite.variance_of_centre[cell] = -1;
      }
    }
  }
}

// What a workload with a single block adds to the variance cannot be seen in it: it is taken to be
// as noisy as the workloads with more. 1 when there is no such workload, 0 when there are no
// others.
double single_block_factor(const Layout& layout, std::size_t arm) {
  double seen = 0;
  double all = 0;
  for (std::size_t workload = 0; workload < layout.workloads; ++workload) {
    const int blocks = layout.blocks[arm * layout.workloads + workload];
    all += blocks > 0 ? 1.0 / blocks : 0;
    seen += blocks > 1 ? 1.0 / blocks : 0;
  }
  return seen > 0 ? all / seen : 0;
}

void estimate_variances(SuiteEstimate& suite) {
  const Layout& layout = suite.layout;
  std::vector<Spread> spreads(layout.arms);
  double sum = 0;
  double known = 0;
  for (std::size_t arm = 0; arm < layout.arms; ++arm) {
    if (single_block_factor(layout, arm) > 0 && layout.arm_rounds[arm] > 1) {
      spreads[arm] = spread_of(layout, arm, &suite.influence[arm * layout.rows()]);
      sum += spreads[arm].design_effect();
      known += 1;
    }
  }
  suite.design_effect = known > 0 ? sum / known : 1;
  suite.variance.assign(layout.arms, -1);
  for (std::size_t arm = 0; arm < layout.arms; ++arm) {
    const double factor = single_block_factor(layout, arm);
    if (factor > 0 && layout.arm_rounds[arm] > 1) {
      suite.variance[arm] =
          factor *
          std::max(spreads[arm].within, shared_noise_variance(spreads[arm], suite.design_effect));
    }
  }
}

Interval interval(const SuiteEstimate& suite, std::size_t arm, double critical) {
  const double variance = suite.variance[arm];
  return interval_of_log(suite.theta[arm],
                         variance < 0 ? kUnknownLog : critical * std::sqrt(variance));
}

}  // namespace

Interval SuiteEstimate::simultaneous(std::size_t arm) const {
  return interval(*this, arm, critical);
}

Interval SuiteEstimate::alone(std::size_t arm) const {
  return interval(*this, arm, critical_alone[arm]);
}

Interval SuiteEstimate::of_workload(std::size_t arm, std::size_t workload,
                                    double confidence) const {
  const std::size_t cell = arm * layout.workloads + workload;
  if (layout.blocks[cell] < 2) {
    return interval_of_log(centre[cell], kUnknownLog);
  }
  const double t = student_t(confidence, layout.blocks[cell] - 1);
  return interval_of_log(centre[cell], t * std::sqrt(variance_of_centre[cell]));
}

SuiteEstimate estimate_suite(const LogRatios& table, const ComparisonSettings& settings) {
  SuiteEstimate suite;
  suite.layout = layout_of(table);
  suite.arms = table.arms;
  suite.workloads = table.workloads;
  const Scales scales = pooled_scales(table);
  estimate_centres(table, scales, suite);
  estimate_influences(table, scales, suite);
  estimate_variances(suite);
  const CriticalValues critical = critical_values(suite, scales.workload, settings);
  suite.critical = critical.simultaneous;
  suite.critical_alone = critical.alone;
  return suite;
}

}  // namespace pytune
