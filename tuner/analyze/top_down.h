// Where the slots of a core's pipeline went: Arm's top-down method, level 1.
//
// Formulas: Arm's telemetry-solution metrics for each core, as in Linux's
// tools/perf/pmu-events/arch/arm64/arm/neoverse-*/metrics.json. S: slots per cycle, C: CPU_CYCLES,
// M: BR_MIS_PRED.
//
//   retiring         OP_RETIRED/OP_SPEC * (1 - STALL_SLOT/(S*C))
//   bad speculation  (1 - OP_RETIRED/OP_SPEC) * (1 - STALL_SLOT/(S*C)) + 4*M/C
//   frontend bound   STALL_SLOT_FRONTEND/(S*C) - F*M/C
//   backend bound    STALL_SLOT_BACKEND/(S*C) - B*M/C
//
//                      S  F  B
//   neoverse-v1        8  4  0
//   neoverse-v2        8  1  3
//   neoverse-n2        5  1  3    before r0p3, STALL_SLOT counts one too many in every cycle:
//                                 STALL_SLOT - C stands for it (formula set "neoverse-n2-r0p0")
//   neoverse-n1        no slot events: STALL_FRONTEND/C and STALL_BACKEND/C, shares of cycles,
//   which
//                      are not four parts of a whole
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "perf/events.h"

namespace pytune {

struct TopDown {
  std::string formulas;  // the set used: "neoverse-n2"; "stalled-cycles" where there are no slots
  struct Share {
    std::string name;  // "retiring", "frontend stalls"
    double value = 0;  // of 1; a correction of the formulas may take a small one below 0
  };
  std::vector<Share> shares;
  std::string caveat;  // a sentence; empty when the shares are four parts of a whole
};

// `counts` by event name, all over the same work: raw, or per instruction. Nothing when the events
// for it are missing; shares of stalled cycles on any core that counts those but no slots (a KVM
// guest on Arm is shown none).
std::optional<TopDown> top_down(const Core& core, const std::map<std::string, double>& counts);

}  // namespace pytune
