// Workers under `perf stat`.
#pragma once

#include <string>
#include <vector>

#include "measure/sample.h"
#include "measure/worker.h"
#include "perf/events.h"
#include "perf/stat.h"
#include "sys/process.h"

namespace pytune {

struct CounterPass {
  const std::string& perf;  // the program
  const std::vector<CounterEvent>& events;
};

// A sample with counters, and with `error` when perf or the worker failed. What found no free
// counter is left out. As under an emulator (count_workload.h) the same worker runs twice, the
// second time with twice the loops, and what it counted more is kept: a start of Python is as much
// work as the timed loops, and no two builds' starts are alike.
Sample count_events(WorkerManager& manager, const CounterPass& pass, const Arm& arm,
                    const Workload& workload, const Block& block);

}  // namespace pytune
