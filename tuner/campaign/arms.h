// The interpreters that a measurement is of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/target.h"
#include "campaign/site.h"
#include "measure/sample.h"

namespace pytune {

// A build that worked, named as it is. `target`: the machine it is for; null: this one.
Arm arm_of_build(const Build& build, const Target* target, Arm::Role role);

// An interpreter of this machine: the build itself, or the one that a build for another machine
// froze its modules with.
std::filesystem::path native_python(const Build& build);

// A byte-identical copy of `baseline`, a build of ours, under a path of the same length (the A/A
// arm): what two equal builds seem to differ by is the bound below which no difference is believed.
Arm copy_of_build(Store& store, const Build& baseline, const Target* target);

// The same of an interpreter that is not ours to copy whole: a copy of its executable, as `python
// -m venv --copies` makes one, whose pyvenv.cfg names where the library is. `python` itself where
// the copy does not answer as the original does (a libpython found relative to the executable, an
// interpreter that is in a venv already), and where instructions are counted: where a file lies is
// then the same for both, or does not matter.
Arm copy_of_interpreter(Store& store, ProcessRunner& runner, const Interpreter& baseline);

// The machine's own python3: /usr/bin/python3, else the first on PATH; `chosen` (--system-python)
// overrides. Nothing when there is none or it does not run. Its label is "/usr/bin/python3
// (3.11.2)".
std::optional<Arm> system_arm(ProcessRunner& runner, const std::string& chosen);

// The environment lies above the stack, whose alignment moves with its size: what an arm has less
// of it than others is filled.
void even_out_environments(std::vector<Arm>& arms);

// One arm per build that worked, the first being the baseline; builds whose code and variables are
// equal share the first one's arm, and a sentence says so.
std::vector<Arm> arms_of_builds(const std::vector<Build>& builds, const Target* target,
                                std::vector<std::string>& sentences);

// One arm per interpreter, the first being the baseline, followed by its copy. Throws UsageError
// for an interpreter that is there twice.
std::vector<Arm> arms_of_interpreters(Store& store, ProcessRunner& runner,
                                      const std::vector<Interpreter>& interpreters);

}  // namespace pytune
