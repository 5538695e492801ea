// The interpreters that take part besides the builds themselves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "measure/sample.h"
#include "report/measure_result.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

// A byte-identical copy of `baseline` under a path of the same length (the A/A arm): what two equal
// builds seem to differ by is the bound below which no difference is believed.
Arm copy_arm(Store& store, const Build& baseline);

// A copy of the executable of an interpreter that is not ours to copy whole, as `python -m venv
// --copies` makes one: its pyvenv.cfg names where the library is. `python` itself where the copy
// does not answer as the original does (a libpython found relative to the executable, an
// interpreter that is in a venv already): where a file lies in memory is then the same for both.
std::filesystem::path executable_copy(Store& store, ProcessRunner& runner,
                                      const std::filesystem::path& python);

// The machine's own python3: /usr/bin/python3, else the first on PATH; `chosen` (--system-python)
// overrides. Nothing when there is none or it does not run. `description` becomes "/usr/bin/python3
// (3.11.2)".
std::optional<Arm> system_arm(ProcessRunner& runner, const std::string& chosen,
                              std::string& description);

// One arm per build that worked; builds whose code is equal share the first one's arm, and a
// sentence says so.
std::vector<Arm> build_arms(const std::vector<Build>& builds, std::vector<std::string>& sentences);

// What stands for the bytes of each arm of result.measurement; the copy's are the baseline's.
std::vector<std::string> identities_of(const MeasureResult& result);

}  // namespace pytune
