// How far the studentised estimates stray by chance: of one arm, and of the arm that strays
// furthest.
#pragma once

#include <vector>

#include "analyze/suite_estimate.h"

namespace pytune {

struct CriticalValues {
  double simultaneous = 0;
  std::vector<double> alone;  // per arm
};

// By settings.bootstrap_draws normal samples with the layout, the arms' correlations and the
// workloads' noise of `suite`. Arms whose variance is not known take no part. suite_estimate.h has
// the reasons.
CriticalValues critical_values(const SuiteEstimate& suite,
                               const std::vector<double>& workload_scale,
                               const ComparisonSettings& settings);

}  // namespace pytune
