#include "perf/events.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr int kArmLtd = 0x41;

struct KnownCore {
  int part;
  const char* name;
};

// Part numbers: Linux, arch/arm64/include/asm/cputype.h (ARM_CPU_PART_*).
constexpr std::array<KnownCore, 4> kCores = {{{0xd0c, "neoverse-n1"},
                                              {0xd40, "neoverse-v1"},
                                              {0xd49, "neoverse-n2"},
                                              {0xd4f, "neoverse-v2"}}};

struct ArmEvent {
  const char* name;
  int number;
  bool on_n1;  // N1 (Armv8.2) has neither slot events nor SVE
};

constexpr std::array<ArmEvent, 23> kNeoverse = {{{"INST_RETIRED", 0x08, true},
                                                 {"CPU_CYCLES", 0x11, true},
                                                 {"BR_RETIRED", 0x21, true},
                                                 {"BR_MIS_PRED_RETIRED", 0x22, true},
                                                 {"L1I_CACHE_REFILL", 0x01, true},
                                                 {"L1I_TLB_REFILL", 0x02, true},
                                                 {"ITLB_WALK", 0x35, true},
                                                 {"STALL_FRONTEND", 0x23, true},
                                                 {"STALL_BACKEND", 0x24, true},
                                                 {"L1D_CACHE_REFILL", 0x03, true},
                                                 {"L2D_CACHE_REFILL", 0x17, true},
                                                 {"LL_CACHE_MISS_RD", 0x37, true},
                                                 {"DTLB_WALK", 0x34, true},
                                                 {"OP_RETIRED", 0x3a, false},
                                                 {"OP_SPEC", 0x3b, false},
                                                 {"STALL_SLOT", 0x3f, false},
                                                 {"STALL_SLOT_FRONTEND", 0x3e, false},
                                                 {"STALL_SLOT_BACKEND", 0x3d, false},
                                                 {"BR_MIS_PRED", 0x10, false},
                                                 {"INST_SPEC", 0x1b, true},
                                                 {"ASE_SPEC", 0x74, true},
                                                 {"VFP_SPEC", 0x75, true},
                                                 {"SVE_INST_SPEC", 0x8006, false}}};

constexpr std::array<const char*, 11> kGeneric = {
    kGenericInstructions,      kGenericCycles,           "branches",
    "branch-misses",           "L1-icache-load-misses",  "iTLB-load-misses",
    "stalled-cycles-frontend", "stalled-cycles-backend", "L1-dcache-load-misses",
    "LLC-load-misses",         "dTLB-load-misses"};

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line.substr(0, 200);
}

// "key<tabs>: 0x41" of the first processor, in any base; 0 when the kernel does not say.
int cpuinfo_number(const fs::path& root, const std::string& key) {
  std::ifstream in(root / "proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const long value = std::strtol(line.c_str() + colon + 1, nullptr, 0);
    return value >= 0 && value <= 0xffff ? static_cast<int>(value) : 0;
  }
  return 0;
}

}  // namespace

Core read_core(const fs::path& root) {
  const std::string midr =
      first_line(root / "sys/devices/system/cpu/cpu0/regs/identification/midr_el1");
  if (!midr.empty()) {
    const std::uint64_t bits = std::strtoull(midr.c_str(), nullptr, 16);
    return {static_cast<int>(bits >> 24U & 0xffU), static_cast<int>(bits >> 4U & 0xfffU),
            static_cast<int>(bits >> 20U & 0xfU), static_cast<int>(bits & 0xfU)};
  }
  return {cpuinfo_number(root, "CPU implementer"), cpuinfo_number(root, "CPU part"),
          cpuinfo_number(root, "CPU variant"), cpuinfo_number(root, "CPU revision")};
}

std::string core_name(const Core& core) {
  for (const KnownCore& known : kCores)
    if (core.implementer == kArmLtd && core.part == known.part) return known.name;
  return "generic";
}

std::vector<CounterEvent> counter_events(const std::string& core) {
  std::vector<CounterEvent> events;
  if (!core.starts_with("neoverse-")) {
    for (const char* name : kGeneric) events.push_back({name, name});
    return events;
  }
  for (const ArmEvent& event : kNeoverse)
    if (event.on_n1 || core != "neoverse-n1")
      events.push_back({event.name, fmt::format("r{:x}", event.number)});
  return events;
}

std::string plain_event_name(std::string_view said) {
  if (const std::size_t slash = said.find('/'); slash != std::string_view::npos) {
    said.remove_prefix(slash + 1);
    said = said.substr(0, said.find('/'));
  }
  std::string name(said.substr(0, said.find(':')));
  // r08, r8 and r0x8 are one event.
  const bool raw = name.size() > 1 && name[0] == 'r' &&
                   name.find_first_not_of("0123456789abcdefxABCDEFX", 1) == std::string::npos;
  if (!raw) return name;
  const std::size_t digits = name.find_first_not_of("0xX", 1);
  return "r" + (digits == std::string::npos ? "0" : name.substr(digits));
}

std::vector<std::vector<CounterEvent>> passes_of(const std::vector<CounterEvent>& events,
                                                 std::size_t most) {
  std::vector<std::vector<CounterEvent>> passes;
  if (events.empty()) return passes;
  for (std::size_t i = 1; i < events.size(); ++i) {
    if (passes.empty() || passes.back().size() >= most) passes.push_back({events.front()});
    passes.back().push_back(events[i]);
  }
  if (passes.empty()) passes.push_back(events);
  return passes;
}

}  // namespace pytune
