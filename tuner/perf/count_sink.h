// What `perf stat` is started with, and where it leaves its counts.
#pragma once

#include <string>
#include <vector>

#include "perf/events.h"
#include "perf/stat.h"
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

}  // namespace pytune
