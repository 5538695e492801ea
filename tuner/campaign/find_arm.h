// An interpreter with surroundings: variables of the environment, libraries that are preloaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/site.h"
#include "interpreter/interpreter.h"

namespace pytune {

// "PYTHON_JIT=0 ./python" or a word for find_interpreter() alone: a file or a build whose name
// looks like variables is that. Throws UsageError in one line for bad syntax, for variables that
// pytune sets itself, for a library that cannot be preloaded, and as find_interpreter() does.
Interpreter find_arm(const std::string& word, Store& store, ProcessRunner& runner,
                     const std::optional<EmulatedMachine>& machine = {});

// What the loader would only complain about, or say nothing of: throws UsageError in one line for a
// library that it cannot preload and a tunable that it does not know. Sets Interpreter::preloaded.
void require_loader_takes(Interpreter& interpreter, ProcessRunner& runner);

// `words`, and after them each once more for each of `libraries`, with that preloaded; not where
// the word has LD_PRELOAD of its own. Throws UsageError for a path that LD_PRELOAD cannot hold.
std::vector<std::string> with_preloads(const std::vector<std::string>& words,
                                       const std::vector<std::string>& libraries);

}  // namespace pytune
