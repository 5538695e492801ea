// What each axis brought: from two builds that differ in it alone, or from an additive model over
// all builds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "analyze/additive_model.h"
#include "analyze/log_ratios.h"
#include "analyze/recommendation.h"
#include "analyze/statistics.h"
#include "analyze/suite_estimate.h"

namespace pytune {
namespace {

struct Data {
  const Measurement& measurement;
  std::optional<Phase> phase;
  const ComparisonSettings& settings;
  Clock clock;

  LogRatios against(const std::string& reference, const std::vector<std::string>& arms) const {
    return log_ratios(measurement, phase, clock, reference, arms);
  }
};

// The baseline first, the chosen build second (what follows relies on it), then the others, each
// arm once.
std::vector<Candidate> distinct(const Candidate& baseline, const Candidate& chosen,
                                const std::vector<Candidate>& all) {
  std::vector<Candidate> candidates = {baseline, chosen};
  for (const Candidate& candidate : all) {
    const auto same = [&](const Candidate& other) { return other.arm == candidate.arm; };
    if (std::none_of(candidates.begin(), candidates.end(), same)) {
      candidates.push_back(candidate);
    }
  }
  return candidates;
}

std::vector<std::string> differing_axes(const Configuration& a, const Configuration& b) {
  std::vector<std::string> axes;
  for (const std::string& axis : axis_names()) {
    if (a.value(axis) != b.value(axis)) {
      axes.push_back(axis);
    }
  }
  return axes;
}

Contribution unknown_contribution(const std::string& axis, const Candidate& baseline,
                                  const Candidate& chosen) {
  return {axis, baseline.configuration.value(axis), chosen.configuration.value(axis),
          interval_of_log(0, kUnknownLog), "not measured"};
}

// Other arms only help to tell how much the rounds have in common.
std::optional<Interval> direct(const Data& data, const std::string& from, const std::string& to,
                               const std::vector<std::string>& others) {
  std::vector<std::string> arms = {to};
  std::copy_if(others.begin(), others.end(), std::back_inserter(arms),
               [&](const std::string& arm) { return arm != from && arm != to; });
  const SuiteEstimate suite = estimate_suite(data.against(from, arms), data.settings);
  return suite.variance[0] < 0 ? std::nullopt : std::optional(suite.alone(0));
}

struct Pair {
  int rank = 0;
  std::string from;
  std::string to;
};

// Pairs of builds in which `axis` alone goes from the baseline's value to the chosen one's. Best
// are those with the chosen build (what it would lose), then those with the baseline (what it would
// gain), then the rest.
std::vector<Pair> pairs_differing_in(const std::string& axis,
                                     const std::vector<Candidate>& candidates) {
  const Candidate& baseline = candidates[0];
  const Candidate& chosen = candidates[1];
  std::vector<Pair> pairs;
  for (const Candidate& x : candidates) {
    for (const Candidate& y : candidates) {
      if (x.configuration.value(axis) == baseline.configuration.value(axis) &&
          y.configuration.value(axis) == chosen.configuration.value(axis) &&
          differing_axes(x.configuration, y.configuration) == std::vector{axis}) {
        const int rank = x.arm == baseline.arm ? 1 : 2;
        pairs.push_back({y.arm == chosen.arm ? 0 : rank, x.arm, y.arm});
      }
    }
  }
  return pairs;
}

// From the best pair that has been measured.
std::optional<Interval> measured_pair(const Data& data, const std::string& axis,
                                      const std::vector<Candidate>& candidates) {
  std::vector<std::string> arms;
  arms.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    arms.push_back(candidate.arm);
  }
  const std::vector<Pair> pairs = pairs_differing_in(axis, candidates);
  for (const int rank : {0, 1, 2}) {
    for (const Pair& pair : pairs) {
      const auto interval =
          pair.rank == rank ? direct(data, pair.from, pair.to, arms) : std::nullopt;
      if (interval) {
        return interval;
      }
    }
  }
  return std::nullopt;
}

// Builds to fit the model to: the chosen one, and those with at least half as many blocks (each
// effect is estimated over the blocks that all of them have). Nothing when the chosen one was not
// measured.
std::vector<Candidate> measured_builds(const Data& data, const std::vector<Candidate>& candidates) {
  std::vector<std::string> arms;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    arms.push_back(candidates[i].arm);
  }
  const LogRatios table = data.against(candidates[0].arm, arms);
  std::vector<int> blocks(arms.size(), 0);
  for (const LogRatios::Row& row : table.rows) {
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
      blocks[arm] += row.values[arm] ? 1 : 0;
    }
  }
  std::vector<Candidate> builds;
  for (std::size_t arm = 0; arm < arms.size() && blocks[0] > 0; ++arm) {
    if (2 * blocks[arm] >= blocks[0]) {
      builds.push_back(candidates[arm + 1]);
    }
  }
  return builds;
}

// A table whose columns are weighted sums of the builds' log ratios, block by block: an effect
// estimated from it keeps what the builds of a block have in common out of its interval.
LogRatios combine(const LogRatios& table, const std::vector<std::vector<double>>& weights) {
  LogRatios combined;
  combined.arms.resize(weights.size());
  combined.workloads = table.workloads;
  combined.rounds = table.rounds;
  for (const LogRatios::Row& row : table.rows) {
    const bool complete = std::all_of(row.values.begin(), row.values.end(),
                                      [](const auto& value) { return value.has_value(); });
    if (!complete) {
      continue;
    }
    LogRatios::Row sums{row.workload, row.round, {}};
    for (const std::vector<double>& weight : weights) {
      double sum = 0;
      for (std::size_t build = 0; build < weight.size(); ++build) {
        sum += weight[build] * row.values[build].value_or(0);
      }
      sums.values.emplace_back(sum);
    }
    combined.rows.push_back(std::move(sums));
  }
  return combined;
}

// How far builds are from being the sum of their parts (interactions, accidents of code layout),
// beyond what noise explains.
double lack_of_fit(const SuiteEstimate& suite, std::size_t first_residual, int degrees_of_freedom) {
  double excess = 0;
  for (std::size_t i = first_residual; i < suite.theta.size(); ++i) {
    excess += suite.theta[i] * suite.theta[i] - suite.variance[i];
  }
  return degrees_of_freedom > 0 ? std::max(0.0, excess / degrees_of_freedom) : 0;
}

// Contributions whose effects the builds cannot tell apart.
struct JointEffect {
  std::vector<Contribution*> rows;
  std::vector<std::size_t> columns;
};

// The weights of the effects, then those of the residuals where there are any.
std::vector<std::vector<double>> weights_of(const AdditiveModel& model,
                                            const std::vector<JointEffect>& joint,
                                            std::size_t builds) {
  std::vector<std::vector<double>> weights;
  for (const JointEffect& effect : joint) {
    std::vector<double> sum(builds, 0.0);
    for (const std::size_t column : effect.columns) {
      std::transform(sum.begin(), sum.end(), model.weights(column).begin(), sum.begin(),
                     std::plus<>());
    }
    weights.push_back(std::move(sum));
  }
  for (std::size_t build = 0; build < builds && model.degrees_of_freedom() > 0; ++build) {
    weights.push_back(model.residual_weights(build));
  }
  return weights;
}

// Each by its own interval. What noise and misfit make likely is added as independent errors are;
// both have few degrees of freedom, and each has its own.
std::vector<Interval> effects(const Data& data, const std::string& baseline,
                              const std::vector<Candidate>& builds, const AdditiveModel& model,
                              const std::vector<JointEffect>& joint) {
  std::vector<std::string> arms;
  arms.reserve(builds.size());
  for (const Candidate& build : builds) {
    arms.push_back(build.arm);
  }
  const auto weights = weights_of(model, joint, builds.size());
  const SuiteEstimate suite =
      estimate_suite(combine(data.against(baseline, arms), weights), data.settings);
  const int freedom = model.degrees_of_freedom();
  const double misfit = lack_of_fit(suite, joint.size(), freedom);
  const double t = freedom > 0 ? student_t(data.settings.confidence, freedom) : 0;
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i < joint.size(); ++i) {
    const double squares =
        std::inner_product(weights[i].begin(), weights[i].end(), weights[i].begin(), 0.0);
    const double noise = suite.critical_alone[i] * std::sqrt(std::max(0.0, suite.variance[i]));
    const double half =
        suite.variance[i] < 0 ? kUnknownLog : std::hypot(noise, t * std::sqrt(misfit * squares));
    intervals.push_back(interval_of_log(suite.theta[i], half));
  }
  return intervals;
}

std::vector<JointEffect> joint_effects(const AdditiveModel& model,
                                       const std::vector<Contribution*>& wanted) {
  std::vector<JointEffect> joint;
  for (Contribution* row : wanted) {
    const AdditiveModel::Column sought{row->axis, row->to};
    const auto found = std::find(model.columns().begin(), model.columns().end(), sought);
    const auto column = static_cast<std::size_t>(found - model.columns().begin());
    auto same = std::find_if(joint.begin(), joint.end(), [&](const JointEffect& effect) {
      return model.group(effect.columns[0]) == model.group(column);
    });
    if (same == joint.end()) {
      same = joint.emplace(joint.end());
    }
    same->rows.push_back(row);
    same->columns.push_back(column);
  }
  return joint;
}

// The first axis gets the joint effect, and the others refer to it.
void attribute(const JointEffect& joint, const Interval& speed) {
  Contribution& first = *joint.rows[0];
  std::vector<std::string> others;
  for (std::size_t i = 1; i < joint.rows.size(); ++i) {
    others.push_back(joint.rows[i]->axis);
    joint.rows[i]->speed = Interval{};
    joint.rows[i]->basis = "counted under " + first.axis;
  }
  first.speed = speed;
  first.basis = others.empty() ? "additive model"
                               : fmt::format("not separable from {}", fmt::join(others, ", "));
}

void from_model(const Data& data, const std::vector<Candidate>& candidates,
                const std::vector<Contribution*>& wanted) {
  const std::vector<Candidate> builds = measured_builds(data, candidates);
  if (builds.empty() || wanted.empty()) {
    return;
  }
  std::vector<Configuration> configurations;
  configurations.reserve(builds.size());
  for (const Candidate& build : builds) {
    configurations.push_back(build.configuration);
  }
  const AdditiveModel model(candidates[0].configuration, configurations);
  const std::vector<JointEffect> joint = joint_effects(model, wanted);
  const std::vector<Interval> intervals = effects(data, candidates[0].arm, builds, model, joint);
  for (std::size_t i = 0; i < joint.size(); ++i) {
    attribute(joint[i], intervals[i]);
  }
}

}  // namespace

std::vector<Contribution> contributions(const Measurement& measurement, std::optional<Phase> phase,
                                        const Explained& explained,
                                        const ComparisonSettings& settings) {
  const auto& [all, baseline, chosen] = explained;
  const Data data{measurement, phase, settings, headline_clock(measurement, phase)};
  const std::vector<Candidate> candidates = distinct(baseline, chosen, all);
  std::vector<Contribution> result;
  for (const std::string& axis : differing_axes(baseline.configuration, chosen.configuration)) {
    result.push_back(unknown_contribution(axis, baseline, chosen));
  }
  std::vector<Contribution*> without_pair;
  for (Contribution& contribution : result) {
    if (const auto interval = measured_pair(data, contribution.axis, candidates)) {
      contribution.speed = *interval;
      contribution.basis = "measured pair";
    } else {
      without_pair.push_back(&contribution);
    }
  }
  from_model(data, candidates, without_pair);
  return result;
}

Interval speed_between(const Measurement& measurement, std::optional<Phase> phase,
                       const std::string& from, const std::string& to,
                       const ComparisonSettings& settings) {
  const Data data{measurement, phase, settings, headline_clock(measurement, phase)};
  const SuiteEstimate suite = estimate_suite(data.against(from, {to}), settings);
  return suite.alone(0);
}

}  // namespace pytune
