// Workers under `perf stat`.
#pragma once

#include <string>
#include <vector>

#include "measure/perf_events.h"
#include "measure/perf_stat.h"
#include "measure/sample.h"
#include "measure/session.h"
#include "sys/process.h"

namespace pytune {

// Where perf writes its counts: a file in memory that only the children it is given to see.
class CountSink {
 public:
  CountSink();  // throws Failure
  CountSink(const CountSink&) = delete;
  CountSink& operator=(const CountSink&) = delete;
  ~CountSink();
  int fd() const { return fd_; }
  PerfStat read() const;

 private:
  int fd_;
};

// The words before a program of which `events` shall be counted in user space, written to `sink`.
std::vector<std::string> perf_stat_words(const std::string& perf,
                                         const std::vector<CounterEvent>& events,
                                         const CountSink& sink);

// Where perf finds no settings of the user's.
Environment perf_environment();

// A sample with counters, and with `error` when perf or the worker failed. What found no free
// counter is left out. As under an emulator (count_workload.h) the same worker runs twice, the
// second time with twice the loops, and what it counted more is kept: a start of Python is as much
// work as the timed loops, and no two builds' starts are alike.
Sample count_events(WorkerManager& manager, const std::string& perf,
                    const std::vector<CounterEvent>& events, const Arm& arm,
                    const Workload& workload, const Block& block);

}  // namespace pytune
