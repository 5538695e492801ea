// Whether a winner wins by its flags or by where its code happens to lie: the same two
// configurations, built several times over.
//
// A build is one draw of code layout and of PGO training. Measuring that build longer says ever
// more about this draw and nothing about the next one, so the builds are the replication (Kalibera
// & Jones 2013, "Rigorous benchmarking in reasonable time": the interval comes from the highest
// level that varies). With x the suite's log speed of one build, all against the same interpreter
// in the same blocks, the effect of the flags is
//
//   mean(x of the winner's rebuilds) - mean(x of the baseline's builds),
//
// and its interval Student's t with Welch's variance and degrees of freedom (Welch 1947), since PGO
// may make layouts more alike, or less. The noise of measuring is in the x, so it is in the
// variance. The winner's own first build is left out: it was chosen for being fast, its luck
// included. The baseline's was not chosen and counts.
#pragma once

#include <string>
#include <vector>

#include "analyze/comparison.h"

namespace pytune {

struct RebuildComparison {
  Interval speed;  // of the winner's flags against the baseline's, over their builds
  double confidence = 0.95;
  Verdict verdict = Verdict::cannot_tell;
  // Standard deviations of log speed between builds of one configuration, the noise of measuring
  // included: what layout and training do.
  double winner_spread = 0;
  double baseline_spread = 0;
  std::vector<Interval> winner;    // each rebuild on its own, against the baseline's first build
  std::vector<Interval> baseline;  // likewise
};

// The arms of the rebuilds, without the first build of either.
struct RebuiltArms {
  std::vector<std::string> winner;
  std::vector<std::string> baseline;
};

// Over the blocks of Phase::rebuilds. The measurement's baseline arm is the baseline's first build.
// `copy_bound`: see Comparison. Throws std::invalid_argument with fewer than two rebuilds of the
// winner or none of the baseline. Arms without a good block have no say; with too few left the
// interval is unknown and the verdict cannot_tell.
RebuildComparison compare_rebuilds(const Measurement& measurement, const RebuiltArms& rebuilt,
                                   double copy_bound, const ComparisonSettings& settings);

DECLARE_RECORD(RebuildComparison);

}  // namespace pytune
