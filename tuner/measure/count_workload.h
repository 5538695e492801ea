// What one loop of a workload executes, counted under an emulator.
//
// The same pyperf worker runs twice, in fresh processes, with L and with 2 L loops: start-up, the
// imports and the set-up of the script are in both and fall out of the difference. With a fixed
// hash seed, and a program that does not ask for the time or for random numbers, what is left is
// where things are in memory: hashes of addresses, alignment. QEMU 7.2 gives its guests the same
// addresses every time, whatever the kernel randomises: counts repeat to 5e-6. QEMU 10.0 does not:
// 7e-2 were seen, and 1e-2 with setarch -R. Use 7.2 where small effects matter.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "measure/emulated_counts.h"
#include "measure/sample.h"
#include "measure/worker.h"

namespace pytune {

struct WorkloadCounts {
  std::map<std::string, double> per_loop;  // by kind; empty: `error` says why
  // Most first; empty unless asked for.
  std::vector<FunctionCount> functions_per_loop = {};
  int programs = 0;  // in the longer run, exec'd programs included
  int lost = 0;      // processes of both runs whose counts are missing
  std::string error = {};
};

// Runs `workload.loops` and twice as many loops of `workload` on an arm that is emulated
// (Interpreter::machine), with the hash seed and the padding of `block`. With `functions`, it also
// counts by function. `workers` says where pyperf is, and how long one may take; how often it
// measures is not asked. Counts are left in fresh folders below WorkerTools::scratch for as long as
// they are read. What is wrong with the worker or its counts is in `error`; throws UsageError for
// an emulation that cannot be (emulator_words), and Interrupted.
WorkloadCounts count_workload(const WorkerManager& workers, const Arm& arm,
                              const Workload& workload, const Block& block, bool functions = false);

// The same as a sample of a block: Sample::counters holds what workload.loops loops executed, and
// `error` is set where they could not be counted.
Sample counted_sample(const WorkerManager& workers, const Arm& arm, const Workload& workload,
                      const Block& block);

}  // namespace pytune
