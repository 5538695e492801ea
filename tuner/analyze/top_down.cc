#include "analyze/top_down.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pytune {
namespace {

using Counts = std::map<std::string, double>;

struct SlotFormulas {
  const char* core;
  double slots;
  double frontend_mispredictions;  // F
  double backend_mispredictions;   // B
};

constexpr std::array<SlotFormulas, 3> kSlotFormulas = {
    {{"neoverse-v1", 8, 4, 0}, {"neoverse-v2", 8, 1, 3}, {"neoverse-n2", 5, 1, 3}}};
constexpr double kRecovery = 4;  // cycles lost to each misprediction
constexpr int kSlotsMended = 3;  // the P of the first N2 that counts STALL_SLOT right: r0p3

bool has(const Counts& counts, std::initializer_list<const char*> events) {
  return std::all_of(events.begin(), events.end(), [&](const char* event) {
    const auto found = counts.find(event);
    return found != counts.end() && std::isfinite(found->second) && found->second >= 0;
  });
}

TopDown by_slots(const SlotFormulas& formulas, bool one_too_many, const Counts& counts) {
  const double cycles = counts.at(kArmCycles);
  const double slots = formulas.slots * cycles;
  const double mispredictions = counts.at("BR_MIS_PRED") / cycles;
  const double stalled = counts.at("STALL_SLOT") - (one_too_many ? cycles : 0);
  const double useful = counts.at("OP_RETIRED") / counts.at("OP_SPEC");
  const double issued = 1 - stalled / slots;
  return {std::string(formulas.core) + (one_too_many ? "-r0p0" : ""),
          {{"retiring", useful * issued},
           {"bad speculation", (1 - useful) * issued + kRecovery * mispredictions},
           {"frontend bound", counts.at("STALL_SLOT_FRONTEND") / slots -
                                  formulas.frontend_mispredictions * mispredictions},
           {"backend bound", counts.at("STALL_SLOT_BACKEND") / slots -
                                 formulas.backend_mispredictions * mispredictions}},
          ""};
}

std::optional<TopDown> by_cycles(const Counts& counts, const char* cycles, const char* frontend,
                                 const char* backend) {
  if (!has(counts, {cycles, frontend, backend}) || counts.at(cycles) <= 0) return std::nullopt;
  return TopDown{"stalled-cycles",
                 {{"frontend stalls", counts.at(frontend) / counts.at(cycles)},
                  {"backend stalls", counts.at(backend) / counts.at(cycles)}},
                 "no slot events here: shares of stalled cycles, which are not parts of a whole"};
}

}  // namespace

std::optional<TopDown> top_down(const Core& core, const Counts& counts) {
  const std::string name = core_name(core);
  const auto formulas =
      std::find_if(kSlotFormulas.begin(), kSlotFormulas.end(),
                   [&](const SlotFormulas& candidate) { return candidate.core == name; });
  if (formulas != kSlotFormulas.end() &&
      has(counts, {kArmCycles, "OP_RETIRED", "OP_SPEC", "STALL_SLOT", "STALL_SLOT_FRONTEND",
                   "STALL_SLOT_BACKEND", "BR_MIS_PRED"}) &&
      counts.at(kArmCycles) > 0 && counts.at("OP_SPEC") > 0) {
    const bool one_too_many =
        name == "neoverse-n2" && core.variant == 0 && core.revision < kSlotsMended;
    return by_slots(*formulas, one_too_many, counts);
  }
  const auto arm = by_cycles(counts, kArmCycles, "STALL_FRONTEND", "STALL_BACKEND");
  return arm ? arm
             : by_cycles(counts, kGenericCycles, "stalled-cycles-frontend",
                         "stalled-cycles-backend");
}

}  // namespace pytune
