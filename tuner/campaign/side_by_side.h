// Any interpreters side by side: `pytune measure` from its words to its result.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "campaign/phase_runner.h"
#include "campaign/profile_interpreters.h"
#include "campaign/site.h"
#include "campaign/stop_rules.h"
#include "result/measure_result.h"

namespace pytune {

struct SideBySideRequest {
  std::vector<std::string> interpreters;  // as find_arm() takes them; first the baseline
  std::string suite = "builtin";
  std::vector<std::string> workloads = {};  // of the suite, as names or patterns; empty: all
  std::string emulate = {};                 // a profile of profiles/cpus; empty: this machine
  double price_per_hour = 0;                // of the machine; 0: not given
  bool counters = false;                    // also count events
  bool profiles = false;                    // also sample stacks
  MeasureRequest measure = {};
};

struct SideBySide {
  MeasureResult result;  // kept in the store, under its id
  std::vector<InterpreterProfile> profiles;
};

// Throws UsageError for words that name no interpreter or suite; Failure where nothing can be
// compared.
SideBySide measure_side_by_side(const Site& site, const SideBySideRequest& request, StopRule& rule);

}  // namespace pytune
