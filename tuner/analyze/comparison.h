// From blocks to statements. Pure functions of their arguments; no files, no processes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "input/record.h"
#include "measure/sample.h"
#include "workload/clock.h"

namespace pytune {

// A speed ratio: time of the baseline divided by time of the build, so 1.05 means 5 % faster.
// `low`..`high` is the interval.
struct Interval {
  double estimate = 1;
  double low = 1;
  double high = 1;
};

enum class Verdict { faster, slower, equivalent, cannot_tell };
template <>
struct EnumNames<Verdict> {
  static constexpr std::array names = {
      std::pair{Verdict::faster, "faster"}, std::pair{Verdict::slower, "slower"},
      std::pair{Verdict::equivalent, "equivalent"}, std::pair{Verdict::cannot_tell, "cannot tell"}};
};

struct WorkloadComparison {
  std::string workload;
  Interval speed;  // this workload on its own, not simultaneous with others
  int blocks = 0;  // complete blocks behind it
};

struct ArmComparison {
  std::string arm;
  int rounds = 0;       // behind it; fewer than the comparison's when the arm left the race
  Interval speed;       // geometric mean over the workloads; simultaneous over the arms
  Interval wall_speed;  // the same in wall time
  Verdict verdict = Verdict::cannot_tell;
  // For cannot_tell: about this many more minutes of measuring; a year at most; 0 when more would
  // not help.
  double minutes_to_tell = 0;
  long max_rss_kib = 0;          // median over processes
  bool clocks_disagree = false;  // CPU and wall intervals do not overlap
  std::vector<WorkloadComparison> workloads;
};

struct Comparison {
  Clock clock = Clock::cpu;  // what `speed` is a ratio of
  std::string baseline;      // arm id
  double confidence = 0.95;  // simultaneous
  // |log ratio| that the byte-identical copy reached at the far end of its own interval (its own:
  // not widened to hold with the other arms'); effects within it are noise. 0 without a copy.
  double copy_bound = 0;
  int rounds = 0;
  std::vector<ArmComparison> arms;    // all but the baseline, in the order of measurement.arms
  std::vector<std::string> warnings;  // each names its remedy
};

struct ComparisonSettings {
  double confidence = 0.95;
  double equivalent_within = 0.005;  // an interval inside 1 +- this is "equivalent"
  int bootstrap_draws = 2000;
  std::uint64_t seed = 1;
  int lanes = 1;  // blocks that are measured at once, for the minutes it would take to tell
  // Measured by others and over: there is neither a copy of the baseline nor CPU time, and no use
  // in asking for them.
  bool by_others = false;
  // The arms that were measured in the phase, where that is not all of the measurement's.
  std::vector<std::string> arms = {};
};

// Compares every arm with the baseline over the blocks of `phase` (of all without one). Arms that
// took part in other phases only have no row. Whatever was measured gives a defined result: where
// nothing can be said, an interval a hundredfold either way and cannot_tell. Throws
// std::invalid_argument when not exactly one arm is the baseline, or a setting is out of range.
//
// How: analyze/suite_estimate.h.
Comparison compare(const Measurement& measurement, std::optional<Phase> phase,
                   const ComparisonSettings& settings);

// The interval excludes 1 and the estimate lies beyond what the copy reached; else whether it is
// known to be next to nothing.
Verdict verdict_on(const Interval& speed, double copy_bound, double equivalent_within);

// Nothing more is asked of it: it is known to be equivalent, or its interval is within `precision`
// (a share) of its middle. Of an arm that failed on every workload no more will be known either.
bool is_settled(const ArmComparison& row, double precision);

DECLARE_RECORD(Interval);
DECLARE_RECORD(WorkloadComparison);
DECLARE_RECORD(ArmComparison);
DECLARE_RECORD(Comparison);

}  // namespace pytune
