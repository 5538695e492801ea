// "PYTHON_JIT=0 ./python": an interpreter, after variables of the environment that it is to run
// with.
#pragma once

#include <string>
#include <vector>

#include "sys/process.h"

namespace pytune {

struct ArmWords {
  Environment variables;
  std::string python;  // as written; empty: nothing follows the variables
};

// The ways to read `text`: first with no variable at all, for a path or a name may look like one,
// then with one more of those it begins with each time. Values may be quoted as for a shell. Throws
// UsageError in one line for a quote that does not end and a variable that is there twice.
std::vector<ArmWords> ways_to_read(const std::string& text);

// Why a variable cannot be an arm's; null where it can.
const char* why_not_settable(const std::string& name);

// Throws UsageError that says so.
void require_settable(const std::string& name);

// `value` with each relative path in it made absolute, where the variable holds paths: workers run
// in another directory.
std::string with_absolute_paths(const std::string& name, const std::string& value);

// "NAME=VALUE ", quoted where it must be, for each.
std::string shown_variables(const Environment& variables);

// LD_PRELOAD's value as its libraries.
std::vector<std::string> preloaded_libraries(const Environment& variables);

}  // namespace pytune
