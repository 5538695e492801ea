// A verb of the command line: one file each.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace pytune {

struct Verb {
  const char* name;
  const char* summary;              // for `pytune --help`
  const char* usage;                // behind "usage: pytune "
  std::vector<std::string> places;  // see Options
  std::vector<OptionLine> options;
  int (*run)(const Options& options);  // returns the exit status
  // What SIGINT and the like do: ask the verb to stop where it can, after it put things in order,
  // or end it there and then, because it only reads.
  enum class OnStop { ask, end } on_stop = OnStop::ask;
};

Verb sweep_verb();
Verb measure_verb();
Verb compare_verb();
Verb recommend_verb();
Verb package_verb();
Verb inspect_verb();
Verb test_verb();
Verb patches_verb();
Verb store_verb();
Verb doctor_verb();
Verb completion_verb();

// All of them, in the order that --help has.
const std::vector<Verb>& verbs();

// The whole program: dispatches, maps exceptions to exit statuses (1 failed, 2 bad usage, 130
// interrupted).
int run_program(const std::vector<std::string>& arguments);

}  // namespace pytune
