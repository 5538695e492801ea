// From what a user calls a suite to workloads.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "workload/workload.h"

namespace pytune {

struct Suite {
  std::vector<Workload> workloads;
  std::vector<std::string> notes;  // what of it is left out, and why
};

// `word` is the name of a suite in profiles/workloads, a suite's JSON file, a manifest in
// pyperformance's format, a pyperf script, "pyperformance" (its programs that need the standard
// library alone) or "pyperformance-all". `only`, unless empty: patterns (as a shell's for files),
// of which each must match a workload. `get_pyperformance` gives the directory of the package, and
// is asked only where it is needed. Throws UsageError, with a suggestion.
Suite open_suite(const std::filesystem::path& home, const std::string& word,
                 const std::vector<std::string>& only,
                 const std::function<std::filesystem::path()>& get_pyperformance);

struct ExpectedSuite {
  int workloads = 0;
  double least_seconds = 0;  // of a process that measures one, whatever min_time is
};

// For an estimate of time: nothing is downloaded. Throws what open_suite() would where that is
// known already.
ExpectedSuite expected_suite(const std::filesystem::path& home, const std::string& word);

}  // namespace pytune
