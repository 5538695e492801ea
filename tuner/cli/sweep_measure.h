// The measuring half of a sweep: from finished builds to a SweepResult.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "build/build.h"
#include "cli/progress.h"
#include "cli/suites.h"
#include "cli/targets.h"
#include "report/result.h"
#include "source/source.h"
#include "spec/sweep.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

struct MeasureRequest {
  std::filesystem::path home;  // data_home()
  Suite suite;
  Suite numeric;                       // bf16mm's, measured beside the suite; may be empty
  std::filesystem::path pyperf_wheel;  // --pyperf; may be empty
  std::string system_python;           // --system-python
  std::uint64_t seed = 1;
  std::vector<int> cpus;
  bool wait = false;  // see MeasuringRequest
  double minutes_before =
      0;               // expected work that was done before (the builds), for the progress line
  double minutes = 0;  // expected for measuring, but for:
  double numeric_minutes = 0;
  // Another machine that the builds are for: they are counted, and `distributors` stands for the
  // machine's own interpreter.
  const PreparedTarget* target = nullptr;
  std::optional<Arm> distributors = {};
  // Builds the baseline and this winner anew, so often as asked for, in turns; `minutes_done` as in
  // Progress, and goes up. Empty: they are not rebuilt.
  std::function<std::vector<Build>(const Build& winner, double& minutes_done)> rebuild;
};

// Fills result.measurement, race, confirm, rebuilds, numeric, recommendation. `result.builds` holds
// all builds, the baseline first.
void measure_and_recommend(SweepResult& result, Store& store, ProcessRunner& runner,
                           const Source& source, const SweepSpec& spec,
                           const MeasureRequest& request, Progress& progress);

}  // namespace pytune
