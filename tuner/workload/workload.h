// What is measured: one benchmark of one script.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "input/record.h"
#include "workload/clock.h"

namespace pytune {

// Stands for all benchmarks of a script, as long as it is not known which there are.
inline constexpr const char* kEveryBenchmark = "*";

// As a workload's oldest minor: it runs on no Python 3.
inline constexpr int kNoMinor = 1000;

// One benchmark of a pyperf script.
struct Workload {
  std::string name;            // unique in its suite, and fit for a file name
  std::string script;          // absolute path
  std::string kind;            // "pure-python", "numeric"
  long loops = 0;              // calibrated on the baseline, then frozen for every arm; 0: not yet
  std::string benchmark = {};  // what the script calls it, where that is not `name`
  int task = 0;                // which of the script's benchmarks: pyperf's --worker-task
  std::vector<std::string> arguments = {};              // words for the script itself
  std::map<std::string, std::string> environment = {};  // of its workers, the same for every arm
  // As pip reads them; empty: the standard library will do.
  std::vector<std::string> requirements = {};
  int oldest_minor = 0;  // 12: needs Python 3.12 or later
  int newest_minor = 0;  // 13: does not run on Python 3.14; 0: no such bound
  // Compiled for each interpreter before measuring (interpreter/environment.h): a program, then the
  // files it is given.
  std::vector<std::string> build = {};
  // Files that must be here, and what to say where one is not.
  std::map<std::string, std::string> needs = {};
  // Clock::wall: its work is done by several processes or threads, whose CPU time nobody waits for.
  // Nothing: the clock of the whole comparison.
  std::optional<Clock> clock = {};
};

// How a script says that it cannot run here: this exit status, and why on the last line of stderr.
// The number is the one by which automake's and meson's tests say the same.
inline constexpr int kCannotRunStatus = 77;

DECLARE_RECORD(Workload);

}  // namespace pytune
