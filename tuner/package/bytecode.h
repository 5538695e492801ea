// The .pyc files of a package: every module has one, checked against nothing.
//
// A .pyc that records its source's time is stale as soon as an archive gives all files one time,
// and one with an unchecked hash hides a source that was rewritten here. So: unchecked-hash files
// of untouched sources stay as the build installed them, everything else is compiled again in that
// form (PEP 552), by the staged interpreter itself.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "package/stage_tree.h"
#include "sys/process.h"

namespace pytune {

struct BytecodeResult {
  int kept = 0;
  int compiled = 0;
  int missing =
      0;  // sources that could not be compiled here: Python will do it, into memory or beside them
  std::string problem;  // why the interpreter did not run, if it did not
};

// `rewritten`: sources that differ from what their .pyc was made of. `built_prefix` goes into the
// code's file names, as in the files that the build installed (import puts the real place in).
BytecodeResult renew_bytecode(ProcessRunner& runner, const StagedPrefix& staged,
                              const std::set<std::string>& rewritten,
                              const std::string& built_prefix,
                              const std::filesystem::path& scratch);

// The environment the package's interpreter runs in here: nothing of the user's Python settings, a
// fixed hash seed.
Environment interpreter_environment(const std::filesystem::path& scratch);

}  // namespace pytune
