// What a pyperf worker sends through its pipe, read as if an enemy had written it: the script under
// measurement runs in the same process and may print, crash, or be killed at any byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "interpreter/interpreter.h"

namespace pytune {

// What the worker was asked for; a result that answers another question is an error.
struct WorkerRequest {
  std::string name;  // of the benchmark
  long loops = 1;
  int warmups = 1;
  int values = 3;
};

struct WorkerValues {
  std::vector<double> wall;  // seconds per loop, one per value
  std::vector<double> cpu;   // likewise, process CPU time; empty when the worker did not say
  long peak_rss_kib = 0;     // 0 when the worker did not say
  SelfReport python;         // likewise empty
  std::string error;  // one line ("worker sent NaN as a value"); empty: all of the above holds
};

// Never throws for any input, and all numbers it returns are finite and above zero.
WorkerValues parse_worker_values(std::string_view sent, const WorkerRequest& request);

struct WorkerLoops {
  std::string name;  // of the benchmark
  long loops = 0;
  SelfReport python;
  std::string error;
};

// The answer to --calibrate-loops. `name` may be kEveryBenchmark.
WorkerLoops parse_worker_loops(std::string_view sent, const std::string& name);

}  // namespace pytune
