// What CPython's own tests said of a build that was about to be recommended.
#pragma once

#include <string>
#include <vector>

#include "input/record.h"

namespace pytune {

struct TestedBuild {
  std::string build;                   // Build::id
  long files = 0;                      // of the list
  long ran = 0;                        // tests in them
  std::vector<std::string> failing;    // by name
  std::vector<std::string> only_here;  // of these, those that the baseline passes
  std::vector<std::string> unsteady;   // failed on one side only, and not when tried again
  std::string log;                     // of the first file that differs; may be empty
  std::string problem;                 // why not all was tested; empty: all was

  bool operator==(const TestedBuild&) const = default;
  bool passed() const { return problem.empty() && only_here.empty(); }
};
DECLARE_RECORD(TestedBuild);

}  // namespace pytune
