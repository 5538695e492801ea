// Whether and what perf can count here.
#pragma once

#include <string>
#include <vector>

#include "perf/events.h"
#include "sys/process.h"

namespace pytune {

struct CounterProbe {
  Core core;
  std::string perf;                  // the program; empty: not found
  CounterPasses passes;              // what to count, and what together; empty: nothing
  std::vector<std::string> missing;  // events that this machine does not have
  bool multiplexed = false;          // even the smallest pass has more events than counters
  std::string problem;               // why nothing can be counted, with a remedy; one line
};

// Tries every event of `core` on its own (one that is not supported makes perf give up a whole
// group of them), then how many of them fit into one pass without multiplexing: all, else 4, 3, 2.
// `python` is what is run for it: the interpreter, with the words before it.
CounterProbe probe_counters(ProcessRunner& runner, const Core& core,
                            const std::vector<std::string>& python);

// What is wrong when perf ended without doing anything, with a remedy; one line.
std::string perf_refusal(const Outcome& outcome);
inline constexpr const char* kNoPerf =
    "perf is not on PATH: install it (setup/install perf, or on Debian: apt-get install "
    "linux-perf)";

}  // namespace pytune
