// Variables of an arm that its interpreter does not know: it runs as without them, and says
// nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"

namespace pytune {

// One sentence for each: of CPython's own by its version (the documentation's "Changed in
// version"), of PYTHON_JIT by asking whether there is a JIT compiler. Empty for other
// implementations.
std::vector<std::string> ineffective_notes(const Interpreter& interpreter, ProcessRunner& runner);

// The same of a build that was made for its variables, where no effect is an error: why they have
// none, or why it does not start with them, in one line. Sets Interpreter::preloaded.
std::optional<std::string> why_ineffective(Interpreter& interpreter, ProcessRunner& runner);

}  // namespace pytune
