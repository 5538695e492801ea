// What a user's environment would do to an interpreter.
#pragma once

#include <string>
#include <vector>

#include "sys/process.h"

namespace pytune {

// The variables of `ours` that change how fast an interpreter, its allocator or a library in it
// runs, or which libraries it loads; sorted. Measured processes get none of them (see
// plain_environment), so that figures are of the interpreter and not of the shell it was called
// from.
std::vector<std::string> withheld_variables(const Environment& ours);

// One sentence that names them, with what to do; empty where there are none.
std::string withheld_note(const Environment& ours);

// The same of variables that would change what a compiler makes: builds do not get them.
std::string build_note(const Environment& ours);

}  // namespace pytune
