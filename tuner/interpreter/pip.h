// Which pip an interpreter can run, and what it says when it fails.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sys/process.h"

namespace pytune {

// Files that match PREFIX*.whl in `directory`, sorted.
std::vector<std::filesystem::path> wheels_in(const std::filesystem::path& directory,
                                             std::string_view prefix);

// The words that start pip: the wheel that a CPython source tree bundles (Lib/ensurepip/_bundled),
// run by `python`; `python -m pip` when `source_tree` is empty or bundles none. No process is run.
std::vector<std::string> pip_command(const std::string& python,
                                     const std::filesystem::path& source_tree);

// The same, after a look whether it is there: the interpreter's own pip, else one of the bundled
// wheels, which are its ensurepip's, the source tree's, and those of Debian's python3-pip-whl.
// `python` is the interpreter with the words before it, `environment` what it is run in. Throws
// Failure that says what to install.
std::vector<std::string> find_pip(ProcessRunner& runner, const std::vector<std::string>& python,
                                  const std::filesystem::path& source_tree,
                                  const Environment& environment);

// The environment of a pip that installs where it is told and asks nobody. Of the user's variables
// and pip.conf it keeps what it takes to reach an index (its URL, proxies, certificates), and flags
// for what it compiles.
struct PipSurroundings {
  Environment environment;
  std::vector<std::string> left_out;  // settings of files, such as "global.target"
};
PipSurroundings pip_surroundings(ProcessRunner& runner, const std::vector<std::string>& pip,
                                 Environment environment);

// The same of what `pip config list` says, for the command "install" or "download".
PipSurroundings keep_reach(const std::string& listed, Environment environment);

// Its configuration files that are there, for the user of this environment.
std::vector<std::filesystem::path> pip_configurations(const Environment& ours,
                                                      const std::filesystem::path& root);

// Whether pip could not reach a package index. It says so only where it tries more than once.
bool lost_connection(const Outcome& outcome);

// Why pip failed, in one line for people who did not call it. `offline`: the package index could
// not be reached, by this pip or by one before it.
std::string pip_reason(const Outcome& outcome, bool offline);

}  // namespace pytune
