#include "analyze/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "analyze/log_ratios.h"
#include "analyze/statistics.h"
#include "analyze/suite_estimate.h"
#include "analyze/warnings.h"

namespace pytune {
namespace {

constexpr double kLongestWait = 525'600;  // minutes; a year stands for "not by measuring"

void check(const ComparisonSettings& settings) {
  const bool good = settings.confidence > 0 && settings.confidence < 1 &&
                    settings.bootstrap_draws > 0 && settings.equivalent_within >= 0 &&
                    settings.lanes > 0;
  if (!good) {
    throw std::invalid_argument(
        "compare: confidence, equivalent_within, bootstrap_draws or lanes out of range");
  }
}

std::string baseline_of(const Measurement& measurement) {
  const auto is_baseline = [](const Arm& arm) { return arm.role == Arm::Role::baseline; };
  const auto& arms = measurement.arms;
  if (std::count_if(arms.begin(), arms.end(), is_baseline) != 1) {
    throw std::invalid_argument("compare: exactly one arm must be the baseline");
  }
  return std::find_if(arms.begin(), arms.end(), is_baseline)->id;
}

// Those that took part in the phase, if only by failing, and those that took part in none: never
// measured is a finding, not asked for in this phase is none.
std::vector<std::string> arms_to_compare(const Measurement& measurement, std::optional<Phase> phase,
                                         const std::vector<std::string>& only) {
  std::set<std::string> here;
  std::set<std::string> anywhere;
  for (const Block& block : measurement.blocks) {
    for (const Sample& sample : block.samples) {
      anywhere.insert(sample.arm);
      if (in_phase(block, phase)) {
        here.insert(sample.arm);
      }
    }
  }
  std::vector<std::string> arms;
  for (const Arm& arm : measurement.arms) {
    const bool asked_for = here.contains(arm.id) || !anywhere.contains(arm.id);
    const bool wanted = only.empty() || std::find(only.begin(), only.end(), arm.id) != only.end();
    if (arm.role != Arm::Role::baseline && asked_for && wanted) {
      arms.push_back(arm.id);
    }
  }
  return arms;
}

bool is_copy(const Measurement& measurement, const std::string& id) {
  return std::any_of(measurement.arms.begin(), measurement.arms.end(),
                     [&](const Arm& arm) { return arm.id == id && arm.role == Arm::Role::copy; });
}

// The far end of the copy's own interval, not of the simultaneous one: it was named before
// measuring, so nothing was selected. An effect of another arm has to clear its own simultaneous
// interval anyway, which is about as wide as the copy's own one plus the copy's typical deviation;
// so the bound hardly costs power while the copy behaves (the table in
// tests/bench/statistics_coverage.cc), and grows with what the copy really shows when position,
// path or cache favour an arm.
double copy_bound_of(const Measurement& measurement, const SuiteEstimate& suite) {
  double bound = 0;
  for (std::size_t arm = 0; arm < suite.arms.size(); ++arm) {
    if (is_copy(measurement, suite.arms[arm]) && suite.variance[arm] >= 0) {
      const Interval own = suite.alone(arm);
      bound = std::max({bound, std::abs(std::log(own.low)), std::abs(std::log(own.high))});
    }
  }
  return bound;
}

double measuring_minutes(const Measurement& measurement, std::optional<Phase> phase) {
  double seconds = 0;
  for (const Block& block : measurement.blocks) {
    if (in_phase(block, phase)) {
      for (const Sample& sample : block.samples) {
        seconds += std::isfinite(sample.process_wall_seconds)
                       ? std::max(0.0, sample.process_wall_seconds)
                       : 0;
      }
    }
  }
  return seconds / 60;
}

// Half-widths shrink with the square root of the time. The nearer of two ends counts: the interval
// clears both 1 and the copy's bound, or it fits inside the band of equivalence; both if the
// estimate stays where it is.
double minutes_to_tell(const ArmComparison& row, const Comparison& comparison,
                       double equivalent_within, double minutes) {
  if (row.workloads.empty()) {
    return 0;  // nothing to go on, and more of the same would not help
  }
  const double half = log_half_width(row.speed);
  if (half >= kUnknownLog) {
    const int missing = std::max(1, kFewestRounds - comparison.rounds);
    return comparison.rounds > 0 ? std::min(kLongestWait, minutes / comparison.rounds * missing)
                                 : 0;
  }
  const double effect = std::abs(std::log(row.speed.estimate));
  const double room = std::log1p(equivalent_within) - effect;
  const auto times = [](double now, double needed) {
    return needed > 0 ? std::max(0.0, (now / needed) * (now / needed) - 1) : kLongestWait;
  };
  const double factor =
      std::min(times(std::max(half, comparison.copy_bound), effect), times(half, room));
  return std::min(kLongestWait, minutes * factor);
}

long median_rss(const Measurement& measurement, std::optional<Phase> phase,
                const std::string& arm) {
  std::vector<double> sizes;
  for (const Block& block : measurement.blocks) {
    for (const Sample& sample : block.samples) {
      if (in_phase(block, phase) && sample.arm == arm && sample.error.empty()) {
        sizes.push_back(static_cast<double>(sample.max_rss_kib));
      }
    }
  }
  return std::lround(median(std::move(sizes)));
}

std::vector<WorkloadComparison> workload_rows(const SuiteEstimate& suite, std::size_t arm,
                                              double confidence) {
  std::vector<WorkloadComparison> rows;
  for (std::size_t workload = 0; workload < suite.workloads.size(); ++workload) {
    const int blocks = suite.layout.blocks[arm * suite.workloads.size() + workload];
    if (blocks > 0) {
      rows.push_back(
          {suite.workloads[workload], suite.of_workload(arm, workload, confidence), blocks});
    }
  }
  return rows;
}

bool overlap(const Interval& a, const Interval& b) { return a.low <= b.high && b.low <= a.high; }

}  // namespace

Verdict verdict_on(const Interval& speed, double copy_bound, double equivalent_within) {
  const bool beyond_copy = std::abs(std::log(speed.estimate)) > copy_bound;
  if (beyond_copy && speed.low > 1) {
    return Verdict::faster;
  }
  if (beyond_copy && speed.high < 1) {
    return Verdict::slower;
  }
  const bool inside = speed.low >= 1 - equivalent_within && speed.high <= 1 + equivalent_within;
  return inside ? Verdict::equivalent : Verdict::cannot_tell;
}

bool is_settled(const ArmComparison& row, double precision) {
  return row.workloads.empty() || row.verdict == Verdict::equivalent ||
         std::log(row.speed.high / row.speed.low) / 2 <= precision;
}

Comparison compare(const Measurement& measurement, std::optional<Phase> phase,
                   const ComparisonSettings& settings) {
  check(settings);
  Comparison comparison;
  comparison.confidence = settings.confidence;
  comparison.baseline = baseline_of(measurement);
  const std::vector<std::string> arms = arms_to_compare(measurement, phase, settings.arms);
  const Clock clock = headline_clock(measurement, phase);
  comparison.clock = clock;
  const auto estimate = [&](Clock which) {
    return estimate_suite(log_ratios(measurement, phase, which, comparison.baseline, arms),
                          settings);
  };
  const SuiteEstimate suite = estimate(clock);
  const SuiteEstimate wall = clock == Clock::cpu ? estimate(Clock::wall) : suite;
  comparison.copy_bound = copy_bound_of(measurement, suite);
  comparison.rounds = static_cast<int>(suite.layout.rounds);
  const double minutes = measuring_minutes(measurement, phase) / settings.lanes;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    ArmComparison row;
    row.arm = arms[arm];
    row.rounds = suite.layout.arm_rounds[arm];
    row.speed = suite.simultaneous(arm);
    row.wall_speed = wall.simultaneous(arm);
    row.clocks_disagree = !overlap(row.speed, row.wall_speed);
    row.max_rss_kib = median_rss(measurement, phase, row.arm);
    row.workloads = workload_rows(suite, arm, settings.confidence);
    row.verdict = verdict_on(row.speed, comparison.copy_bound, settings.equivalent_within);
    if (row.verdict == Verdict::cannot_tell && !is_copy(measurement, row.arm)) {
      row.minutes_to_tell = minutes_to_tell(row, comparison, settings.equivalent_within, minutes);
    }
    comparison.arms.push_back(std::move(row));
  }
  comparison.warnings = warnings_for(measurement, phase, comparison, settings.by_others);
  return comparison;
}

}  // namespace pytune
