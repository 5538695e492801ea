// Which of CPython's own tests failed, from what its test runner printed. The interpreter that runs
// it may be broken, and tests print what they like.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct TestOutcome {
  std::set<std::string>
      failed;    // "test_hex (test.test_bytes.BytesTest.test_hex)", without subtests
  long ran = 0;  // by unittest's own count
};

// unittest's headlines of failures, errors and unexpected successes, each below a line of "=". What
// a test prints in that form counts too: it is the same without the patches.
TestOutcome parse_test_output(std::string_view output);

// Names in one and not in the other, in order.
struct NameDifference {
  std::vector<std::string> only_before;
  std::vector<std::string> only_after;
  bool none() const { return only_before.empty() && only_after.empty(); }
};
NameDifference compare_names(const std::set<std::string>& before,
                             const std::set<std::string>& after);

// "test_a, test_b and 3 more": at most `most` of the names.
std::string some_names(const std::vector<std::string>& names, std::size_t most);

// The names of `python -m test --list-tests`, one on each line. Throws Failure for anything else.
std::vector<std::string> parse_test_list(std::string_view output);

// Is `name` one of a test file: "test_long", "test.test_asyncio.test_events"?
bool is_test_file(std::string_view name);

}  // namespace pytune
