// Rounds of blocks: every arm once on one workload, in turns, kept on disk as they end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "measure/sample.h"
#include "measure/worker.h"
#include "perf/events.h"
#include "sys/listener.h"

namespace pytune {

struct BlockPlan {
  Phase phase = Phase::race;
  int first_round = 0;
  int rounds = 5;  // up to this one, which is left out
  std::uint64_t seed = 1;
  std::vector<Arm> arms;
  std::vector<Workload> workloads;    // loops filled in
  std::vector<Skipped> skipped = {};  // these arms take no part in the blocks of these workloads
  // Not empty: round R counts events of passes.events[R % size] instead of measuring times.
  CounterPasses passes = {};
  double minutes_per_worker = 0;  // expected, for the listener
};

// Runs the blocks of `plan` that `directory` does not hold yet, writing each as
// directory/<phase>-RRRR-<workload>.json (atomic) as soon as it is complete, and returns all of
// them in order of round and workload, whatever lane each ran on. A killed run loses at most the
// block under way. A block file that is damaged or was measured otherwise (arms, loops, values,
// seed, events) is measured again. An arm whose worker failed in two rounds of a workload is not
// run on that workload again: its later samples say so in `error`.
std::vector<Block> run_blocks(WorkerManager& manager, const BlockPlan& plan,
                              const std::filesystem::path& directory, Listener& listener);

// One line for every arm and workload with failed samples, for Measurement::notes.
std::vector<std::string> failure_notes(const std::vector<Block>& blocks);

}  // namespace pytune
