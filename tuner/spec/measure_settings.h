// How interpreters are measured: what a definition may say, and what options add.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

// How worker processes measure, wherever that is asked for.
struct WorkerSettings {
  int values = 3;  // per process
  int warmups = 1;
  // Seconds per value, to calibrate loops on the baseline. Processes differ by more than values of
  // one process do (address layout, bursts of other machines' work), so many short ones tell more
  // in the same time than few long ones: on one noisy virtual machine 6 rounds took 66 s instead of
  // 248 s with 0.1, and their intervals were half as wide.
  double min_time = 0.02;
  std::chrono::milliseconds timeout{120'000};  // of one worker process
  std::uint64_t memory_limit = 0;  // bytes of one worker and what it starts; 0: no limit
  std::vector<int> cpus = {};      // pin workers here; empty: not pinned
  int lanes = 1;  // more than 1: so many blocks at once, each on its own share of `cpus`
  // A sample is of one worker on each of `cpus` at once, and its values are of all together: the
  // seconds after which the machine has done one more unit of work.
  bool all_cpus_at_once = false;
};

struct MeasureSettings {
  int rounds = 15;          // of the race: every live build on every workload
  int confirm_rounds = 15;  // fresh rounds of winner against baseline after the choice; 0: none
  // So often the winner and the baseline are built anew, with another link order and other
  // training, and measured for confirm_rounds; 0, or 2 to 20.
  int rebuilds = 0;
  bool system_python = true;  // measure the machine's own python3 beside the builds
  // Of bf16mm's networks (ext/networks.json) on all builds, beside the suite and without a say in
  // the choice: a build of the interpreter hardly moves them, so many rounds would be wasted. 0:
  // not measured.
  int numeric_rounds = 3;
  WorkerSettings workers = {};
};

inline constexpr int kMostRebuilds = 20;
// What is wrong with `rebuilds`, beside the other settings; nothing when it is good.
std::optional<std::string> rebuilds_problem(const MeasureSettings& measure);

}  // namespace pytune
