// Tasks of which each may fail alone, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sys/listener.h"

namespace pytune {

struct Task {
  std::string activity;       // for people: "test_long (gcc-12, series)"
  double minutes = 0;         // expected, alone
  std::function<bool()> run;  // whether an earlier run had done it; a Failure is this task's alone
};

// Why each could not be done, in order; empty: it was. Any other exception than Failure ends all
// and is thrown on.
std::vector<std::string> run_tasks(const std::vector<Task>& tasks, int parallel,
                                   Listener& listener);

}  // namespace pytune
