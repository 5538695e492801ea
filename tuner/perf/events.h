// Which hardware events are counted on which core, and what perf calls them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

// The processor's core by its main identification register (MIDR_EL1; Arm Architecture Reference
// Manual, DDI 0487, D19). All 0 where there is none, as on x86.
struct Core {
  int implementer = 0;  // 0x41: Arm Ltd
  int part = 0;         // 0xd0c: Neoverse N1
  int variant = 0;      // the R of "r0p3"
  int revision = 0;     // the P
};

// Of the first CPU, as the kernel says below `root` ("/" but in tests): servers have cores of one
// kind.
Core read_core(const std::filesystem::path& root);

// "neoverse-n1", "neoverse-n2", "neoverse-v1", "neoverse-v2"; "generic" for every other.
std::string core_name(const Core& core);

struct CounterEvent {
  std::string name;  // in records and reports: "INST_RETIRED", "instructions"
  std::string perf;  // for perf, without a modifier: "r8", "instructions"
};

// The event that is part of every pass: what all others are divided by.
inline constexpr const char* kArmInstructions = "INST_RETIRED";
inline constexpr const char* kGenericInstructions = "instructions";
inline constexpr const char* kArmCycles = "CPU_CYCLES";
inline constexpr const char* kGenericCycles = "cycles";

// In the order in which they matter, instructions first, then cycles.
//
// Neoverse: by number (perf's rN), since perf's own names for them depend on its version and on
// what it calls the unit. Numbers: Arm Architecture Reference Manual, DDI 0487, "PMU events and
// event numbers"; the same as ARMV8_PMUV3_PERFCTR_* in Linux's include/linux/perf/arm_pmuv3.h.
// Others: perf's generic names (perf-list(1)).
std::vector<CounterEvent> counter_events(const std::string& core);

// What perf called an event in its output, as counter_events() writes it: "instructions" of
// "armv8_pmuv3_0/instructions:u/", "cpu_core/instructions/u" and "instructions:u"; "r8" of "r08:u".
std::string plain_event_name(std::string_view said);

// The events of each pass. A pass is one process: no more events than the machine has counters for.
struct CounterPasses {
  std::string perf;  // the program
  std::vector<std::vector<CounterEvent>> events = {};
};

// `events` in passes of at most `most`, the first of them (instructions) in each.
std::vector<std::vector<CounterEvent>> passes_of(const std::vector<CounterEvent>& events,
                                                 std::size_t most);

}  // namespace pytune
