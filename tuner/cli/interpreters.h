// From what a user calls an interpreter to one that can be measured.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "measure/session.h"
#include "report/measure_result.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

struct LocatedInterpreter {
  std::string name;    // what to call it
  std::string python;  // its path
};

// The root that an emulated interpreter's files are looked for in: the system it was unpacked with,
// or for a build of the store's, the sysroot it was made against. Empty: it is this machine's own.
// Throws UsageError for a build whose sysroot is gone.
std::filesystem::path emulated_root(const Store& store, const std::filesystem::path& python);

// `word` is a path, a program on PATH, or the name or id of a build in the store. Throws UsageError
// in one line: no such thing (with a suggestion), or a directory. The file is not looked into. Or
// "debian:12-arm64": that release's own, whose packages are fetched into the store once; throws
// Failure when they cannot be.
LocatedInterpreter locate_interpreter(const std::string& word, Store& store, ProcessRunner& runner);

// The same, and asked what it is by running it. Throws UsageError too when it is not executable,
// made for another architecture, not a Python, or one too old for pyperf. With `emulated` it is run
// under that.
MeasuredInterpreter find_interpreter(const std::string& word, Store& store, ProcessRunner& runner,
                                     const std::optional<EmulatedWorkers>& emulated = {});

}  // namespace pytune
