// What `pytune measure` came to: interpreters side by side, none of them built by it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analyze/comparison.h"
#include "analyze/counters.h"
#include "analyze/evidence.h"
#include "measure/sample.h"
#include "result/sweep_result.h"
#include "sys/host.h"

namespace pytune {

struct MeasureResult {
  std::string id;
  std::string created;
  std::string suite;
  Host host;
  // The baseline first. Of each arm but the copy, the interpreter says what it is.
  Measurement measurement;
  Comparison comparison;
  int looks = 1;  // how often the figures were looked at before measuring ended
  double minutes = 0;
  std::vector<int> throughput_cpus;  // one worker ran on each at once; empty: one at a time
  double price_per_hour = 0;         // of the machine, in the user's money; 0: not given
  CounterComparison counters = {};   // without arms: nothing was counted
};

void to_json(nlohmann::json& j, const MeasureResult& result);
// What is not such a result, or fits together badly, throws UsageError with the place in it.
void from_json(const nlohmann::json& j, MeasureResult& result);

// What every reader of a result relies on, and its parts by themselves cannot show: one baseline,
// which comes first, and no row without its arm. Throws UsageError.
void require_consistent(const MeasureResult& result);

// The race of a sweep in the same shape. Its confirmation, contributions and recommendation have no
// place there.
MeasureResult measure_result_of(const SweepResult& sweep);

// The level of all its figures.
Evidence evidence_of(const MeasureResult& result);

// Null when there is none of that id.
const Arm* find_arm(const MeasureResult& result, std::string_view id);
const Arm& baseline_of(const MeasureResult& result);
// All but the copy: what was asked for.
std::vector<const Arm*> arms_asked_for(const MeasureResult& result);
// Whether the row is of the A/A arm.
bool is_copy(const MeasureResult& result, const ArmComparison& row);

// Exit status: 0 when something can be said of an interpreter, 3 when of none.
int exit_status_of(const MeasureResult& result);

}  // namespace pytune
