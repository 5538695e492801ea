// CPython's own tests on several interpreters, each compared with the first.
#pragma once

#include <string>
#include <vector>

#include "conformance/test_comparison.h"
#include "interpreter/interpreter.h"

namespace pytune {

struct OwnTests {
  std::vector<std::string> files;
  std::vector<TestComparison> comparisons;  // one per interpreter; the first's is with itself
  std::vector<std::string> notes;
  std::string log;  // a file with every name, and where each test file's output is
};

// Runs these test files, or, with none, all that every interpreter has. Throws UsageError for an
// interpreter that is not CPython and for a file that one of them lacks; Failure when none has a
// file in common.
OwnTests run_own_tests(const TestContext& context, std::vector<Interpreter> interpreters,
                       std::vector<std::string> files);

}  // namespace pytune
