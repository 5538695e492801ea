// What measuring yields: samples in blocks. A plain data room: measure/ writes these, analyze/
// reads them.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "input/record.h"
#include "interpreter/interpreter.h"
#include "workload/workload.h"

namespace pytune {

// What blocks are measured for.
enum class Phase {
  race,      // all builds, to choose one
  confirm,   // fresh rounds of the chosen one
  rebuilds,  // of it and the baseline, built anew
  numeric,   // bf16mm's networks, beside the suite
  counters,  // events instead of times, which are disturbed
};
template <>
struct EnumNames<Phase> {
  static constexpr std::array names = {
      std::pair{Phase::race, "race"}, std::pair{Phase::confirm, "confirm"},
      std::pair{Phase::rebuilds, "rebuilds"}, std::pair{Phase::numeric, "numeric"},
      std::pair{Phase::counters, "counters"}};
};

// One interpreter under measurement.
struct Arm {
  std::string id;     // short and unique in the run: "copy", "system", or a build's id
  std::string label;  // for people: "gcc-12 O3 pgo=training lto=full no-pie"
  Interpreter interpreter;
  // baseline: every ratio is against it. copy: byte-identical to the baseline (the A/A arm); its
  // spread is the bound below which nothing is believed. reference: reported, never recommended
  // (the machine's own python3).
  enum class Role { baseline, copy, candidate, reference } role = Role::candidate;
};
template <>
struct EnumNames<Arm::Role> {
  static constexpr std::array names = {
      std::pair{Arm::Role::baseline, "baseline"}, std::pair{Arm::Role::copy, "copy"},
      std::pair{Arm::Role::candidate, "candidate"}, std::pair{Arm::Role::reference, "reference"}};
};
// Ids of the arms that are no builds.
inline constexpr const char* kCopyArm = "copy";
inline constexpr const char* kSystemArm = "system";

// What the processor counted of one event in user space: what twice as many loops took more.
struct Count {
  long value = 0;
  // Percent of the time that a counter was there for it. Below 100 the machine had fewer counters
  // than events, and perf has scaled `value` up (multiplexing): an estimate.
  double running = 100;
  bool operator==(const Count&) const = default;
};

// One fresh process of one arm on one workload.
struct Sample {
  std::string arm;
  int position = 0;                 // place in its block, from 0
  std::vector<double> wall_values;  // seconds per loop, one per value, warm-ups left out
  std::vector<double>
      cpu_values;  // likewise in process CPU time; empty when the interpreter could not say
  double process_wall_seconds = 0;  // whole process, start-up included
  double process_cpu_seconds = 0;   // user + system, wait4
  long max_rss_kib = 0;             // peak of this program alone; 0 when it could not say
  long involuntary_switches = 0;
  std::string error;  // empty: a good sample
  // When one worker ran on each CPU at once: their seconds per loop.
  std::vector<double> per_cpu_seconds = {};
  // By event name (perf/events.h), in Phase::counters only.
  // Of a worker that ran under an emulator instead: what all its loops executed
  // (emulator/instruction_kinds.h), start-up left out; such a sample has no times.
  std::map<std::string, Count> counters = {};
  SelfReport python = {};  // which interpreter the worker was, as it said; empty: it did not
};

// Every live arm once on one workload, in one random order, under the same hash seed and
// environment padding.
struct Block {
  int round = 0;  // from 0
  Phase phase = Phase::race;
  std::string workload;
  int hash_seed = 0;
  int padding_bytes = 0;
  double steal_seconds = 0;  // of all CPUs while the block ran (/proc/stat)
  double load1 = 0;
  std::vector<Sample> samples;
  double cpu_megahertz =
      0;               // as the block ended, of the CPUs measured on; 0: the kernel does not say
  double celsius = 0;  // likewise, of the warmest thermal zone
};

// A workload that an interpreter cannot run, which is no fault of either.
struct Skipped {
  std::string workload;
  std::string arm;  // the baseline: no arm was measured on it, for there is nothing to compare with
  std::string reason;  // one line
};

struct Measurement {
  std::vector<Arm> arms;
  std::vector<Workload> workloads;
  std::vector<Block> blocks;
  std::vector<std::string> notes;  // "workload x dropped: ..." and the like
  std::vector<Skipped> skipped = {};
};

// Why this arm does not run this workload; null when it does.
const Skipped* find_skipped(const std::vector<Skipped>& skipped, const std::string& workload,
                            const std::string& arm);

DECLARE_RECORD(Arm);
DECLARE_RECORD(Count);
DECLARE_RECORD(Sample);
DECLARE_RECORD(Block);
DECLARE_RECORD(Skipped);
DECLARE_RECORD(Measurement);

}  // namespace pytune
