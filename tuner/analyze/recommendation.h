// Which build to take, and what each of its flags brought.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/comparison.h"
#include "analyze/rebuilds.h"
#include "spec/configuration.h"

namespace pytune {

struct Contribution {
  std::string axis;
  std::string from;  // the baseline's value
  std::string to;    // the chosen build's value
  Interval speed;    // on its own, not simultaneous over the axes
  // "measured pair" (two builds that differ in this axis alone); "additive model"; "not separable
  // from lto, pie" (`speed` is the joint effect); "counted under opt" (the row of such a joint
  // effect; `speed` is 1); "not measured" (`speed` unknown).
  std::string basis;
};

struct Candidate {
  std::string arm;  // as in Measurement::arms
  Configuration configuration;
};

struct Recommendation {
  bool significant = false;  // false: "no significant winner"; `arm` is then the baseline
  std::string arm;
  // Against the baseline: over the rebuilds when there are any, else from the confirmation blocks,
  // else from the race.
  Interval speed;
  bool confirmed = false;  // measured again on fresh blocks after the choice
  // Of the winner, and as many of the baseline, that `speed` is over; 0: it is of one build each.
  int rebuilds = 0;
  // Against the machine's own python3: the quotient of two simultaneous intervals, so wider than
  // need be. speed_between() gives a narrower one where the measurement is at hand.
  std::optional<Interval> against_system;
  std::vector<Contribution> contributions;
  // Workloads whose own interval lies below 0.99 of the baseline's speed, as sentences.
  std::vector<std::string> regressions;
};

// The arm to confirm: the fastest candidate whose verdict is "faster"; nothing when there is none.
std::optional<std::string> pick_winner(const Comparison& race,
                                       const std::vector<Candidate>& candidates);

// Candidates that cannot win any more: their interval ends below where that of the fastest begins.
// In the order of race.arms.
std::vector<std::string> beaten(const Comparison& race, const std::vector<Candidate>& candidates);

// Speed of `to` against `from`, any two arms, from the blocks that have both: on its own, not
// simultaneous with others.
Interval speed_between(const Measurement& measurement, std::optional<Phase> phase,
                       const std::string& from, const std::string& to,
                       const ComparisonSettings& settings);

// Two of all builds that were measured, of which the difference is explained.
struct Explained {
  const std::vector<Candidate>& all;
  const Candidate& baseline;
  const Candidate& chosen;
};
// Contribution of each axis in which the chosen build differs from the baseline. Where two measured
// builds differ in that axis alone, from their direct comparison; otherwise from an additive model
// of log speed over all builds (least squares), and said so. A pair's interval is about those two
// builds: an accident of code layout in one of them counts as the axis's. The model's intervals
// hold noise and how far the builds are from being the sum of their parts.
std::vector<Contribution> contributions(const Measurement& measurement, std::optional<Phase> phase,
                                        const Explained& explained,
                                        const ComparisonSettings& settings);

// What a sweep found. `confirm` is the comparison over the blocks of Phase::confirm.
struct Findings {
  Comparison race;
  std::optional<Comparison> confirm = {};
  std::optional<RebuildComparison> rebuilt = {};
};
// Without a confirmation, or where it has no usable block of the winner, the race's figures stand
// and `confirmed` is false. A winner that the confirmation, or its rebuilds where there are any, do
// not call faster is none: `significant` is false.
Recommendation recommend(const Findings& findings, const std::vector<Candidate>& candidates,
                         std::vector<Contribution> contributions, const std::string& system_arm);

DECLARE_RECORD(Contribution);
DECLARE_RECORD(Recommendation);

}  // namespace pytune
