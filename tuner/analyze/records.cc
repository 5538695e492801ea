// Records of the room as JSON.
#include <climits>

#include "analyze/comparison.h"
#include "analyze/rebuilds.h"
#include "analyze/recommendation.h"

namespace pytune {
namespace {

constexpr double kLargest = 1e50;
constexpr Real kRatio{0, kLargest};
constexpr Whole kCount{0, INT_MAX};

void check_interval(const JsonView& view, const Interval& interval) {
  if (interval.low > interval.estimate || interval.estimate > interval.high)
    view.fail("expected low <= estimate <= high");
}

}  // namespace

DEFINE_RECORD(Interval, check_interval, field("estimate", &Interval::estimate, kRatio),
              field("low", &Interval::low, kRatio), field("high", &Interval::high, kRatio))

DEFINE_RECORD(WorkloadComparison, no_check<WorkloadComparison>,
              field("workload", &WorkloadComparison::workload),
              field("speed", &WorkloadComparison::speed),
              field("blocks", &WorkloadComparison::blocks, kCount))

DEFINE_RECORD(ArmComparison, no_check<ArmComparison>, field("arm", &ArmComparison::arm),
              later_field("rounds", &ArmComparison::rounds, kCount),
              field("speed", &ArmComparison::speed),
              field("wall_speed", &ArmComparison::wall_speed),
              field("verdict", &ArmComparison::verdict),
              field("minutes_to_tell", &ArmComparison::minutes_to_tell, kRatio),
              field("max_rss_kib", &ArmComparison::max_rss_kib, Whole{0L, LONG_MAX}),
              field("clocks_disagree", &ArmComparison::clocks_disagree),
              field("workloads", &ArmComparison::workloads))

DEFINE_RECORD(Comparison, no_check<Comparison>, field("clock", &Comparison::clock),
              field("baseline", &Comparison::baseline),
              field("confidence", &Comparison::confidence, Real{0, 1}),
              field("copy_bound", &Comparison::copy_bound, kRatio),
              field("rounds", &Comparison::rounds, kCount), field("arms", &Comparison::arms),
              field("warnings", &Comparison::warnings))

DEFINE_RECORD(RebuildComparison, no_check<RebuildComparison>,
              field("speed", &RebuildComparison::speed),
              field("confidence", &RebuildComparison::confidence, Real{0, 1}),
              field("verdict", &RebuildComparison::verdict),
              field("winner_spread", &RebuildComparison::winner_spread, kRatio),
              field("baseline_spread", &RebuildComparison::baseline_spread, kRatio),
              field("winner", &RebuildComparison::winner),
              field("baseline", &RebuildComparison::baseline))

DEFINE_RECORD(Contribution, no_check<Contribution>, field("axis", &Contribution::axis),
              field("from", &Contribution::from), field("to", &Contribution::to),
              field("speed", &Contribution::speed), field("basis", &Contribution::basis))

DEFINE_RECORD(Recommendation, no_check<Recommendation>,
              field("significant", &Recommendation::significant),
              field("arm", &Recommendation::arm), field("speed", &Recommendation::speed),
              field("confirmed", &Recommendation::confirmed),
              optional_field("rebuilds", &Recommendation::rebuilds, kCount),
              field("against_system", &Recommendation::against_system),
              field("contributions", &Recommendation::contributions),
              field("regressions", &Recommendation::regressions))

}  // namespace pytune
