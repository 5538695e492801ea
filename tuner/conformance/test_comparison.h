// CPython's own tests on two interpreters: which fail in one of them only, by name. Each test file
// is a process of its own and a step of its own, so that a killed run goes on where it was.
#pragma once

#include <string>
#include <vector>

#include "conformance/asked_interpreter.h"
#include "conformance/test_names.h"
#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"

namespace pytune {

struct TestContext {
  Store& store;
  ProcessRunner& runner;
  Listener& listener;
  int parallel;
};

// One test file on one interpreter.
struct TestRun {
  Interpreter interpreter;
  std::string label;  // of the interpreter, for people
  std::string file;
  int attempt = 1;
  TestOutcome outcome;
  std::string log;
};

struct TestComparison {
  std::string before_label;
  std::string after_label;
  Interpreter before;
  Interpreter after;
  std::vector<std::string> files;
  // Filled by compare_tests: before and after in turns, for each file.
  std::vector<TestRun> runs = {};
  NameDifference difference = {};
  std::vector<std::string> unsteady = {};  // failed on one side only, and not when tried again
  std::string log = {};                    // of the first file that differs
  std::string problem = {};                // why a file was not run; empty: all were

  long ran() const;  // tests that `after` ran
  std::vector<std::string> failing_after() const;
};

// Expected minutes of one file.
double test_file_minutes(const Interpreter& interpreter);
// How many files the suite of 3.13 has.
inline constexpr std::size_t kTestFiles = 480;

// The files of the interpreter's test suite. Throws Failure when it has none.
std::vector<std::string> list_tests(const TestContext& context, const Interpreter& interpreter);

// Runs the files of each comparison on both sides, and once more where the names that fail differ:
// a test that fails now and then must not be taken for the interpreter's fault.
void compare_tests(const TestContext& context, std::vector<TestComparison>& comparisons);

// All of it, file by file; the words stand before names that failed on one side ("without").
std::string comparison_log(const TestComparison& comparison, const std::string& before_word,
                           const std::string& after_word);

}  // namespace pytune
