// From what a user calls an interpreter to one that can be run.
#pragma once

#include <optional>
#include <string>

#include "campaign/site.h"
#include "interpreter/interpreter.h"

namespace pytune {

// `word` is a path, a program on PATH, or the name or id of a build in the store. Throws UsageError
// in one line: no such thing (with a suggestion), or a directory. The file is not looked into. Or
// "debian:12-arm64": that release's own, whose packages are fetched into the store once; throws
// Failure when they cannot be.
Interpreter locate_interpreter(const std::string& word, Store& store, ProcessRunner& runner);

// The same, on `machine` where that is given and with `variables`, and asked what it is by running
// it. Throws UsageError too when it is not executable, made for another architecture, not a Python,
// or one too old for pyperf.
Interpreter find_interpreter(const std::string& word, Store& store, ProcessRunner& runner,
                             const std::optional<EmulatedMachine>& machine = {},
                             const Environment& variables = {});

// Asks one that is located what it is, and fills that in. Throws UsageError as find_interpreter()
// does, and for a launcher (pyenv's shims, wrappers by directory or variable) that would start
// another interpreter for the workers than for the user.
void ask_interpreter(Interpreter& interpreter, ProcessRunner& runner);

}  // namespace pytune
