// Several results as one comparison: pytune's own and pyperf's, of whatever machine and time.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "measure/pyperf_file.h"
#include "result/measure_result.h"

namespace pytune {

struct NamedResult {
  std::string name;  // as the user called it
  std::variant<MeasureResult, PyperfFile> result;
};

// All interpreters of all results against the first of the first, whatever was measured with them.
// A single result of pytune's is handed back as it is. Copies of a baseline are left out of what is
// combined: they say nothing about runs of another time. Notes say what was not measured side by
// side, and what was left out. Throws UsageError when nothing can be compared: a single pyperf
// file, no workload in common, figures of different evidence levels.
MeasureResult merged(std::vector<NamedResult> results);

}  // namespace pytune
