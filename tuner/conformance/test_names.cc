#include "conformance/test_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestTestName = 300;
constexpr std::size_t kMostNames = 20'000;
constexpr std::size_t kMostFiles = 5'000;
constexpr std::string_view kRuler =
    "======================================================================";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "FAIL: test_x (test.test_y.C.test_x) (n=3)" -> "test_x (test.test_y.C.test_x)". A subtest's
// parameters may hold addresses and names of temporary files.
std::string name_in(std::string_view headline) {
  for (const std::string_view kind : {"ERROR: ", "FAIL: ", "UNEXPECTED SUCCESS: "}) {
    if (!headline.starts_with(kind)) continue;
    headline.remove_prefix(kind.size());
    const auto end = headline.find(')');
    if (end != std::string_view::npos) headline = headline.substr(0, end + 1);
    return printable(headline, kLongestTestName);
  }
  return "";
}

// N of "Ran N tests in 1.234s"; 0: it is no such line.
long tests_ran(std::string_view line) {
  constexpr std::string_view kRan = "Ran ";
  if (!line.starts_with(kRan)) return 0;
  long number = 0;
  const char* begin = line.data() + kRan.size();
  const auto [end, error] = std::from_chars(begin, line.data() + line.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(line.data() + line.size() - end));
  constexpr long kMostTests = 100'000'000;
  return error == std::errc() && number >= 0 && number < kMostTests && rest.starts_with(" test")
             ? number
             : 0;
}

}  // namespace

TestOutcome parse_test_output(std::string_view output) {
  TestOutcome outcome;
  bool below_ruler = false;
  for (const auto line : split_lines(output)) {
    if (below_ruler && outcome.failed.size() < kMostNames)
      if (std::string name = name_in(line); !name.empty()) outcome.failed.insert(std::move(name));
    // Also behind what a test printed without ending the line.
    below_ruler = line.ends_with(kRuler);
    outcome.ran += tests_ran(line);
  }
  return outcome;
}

NameDifference compare_names(const std::set<std::string>& before,
                             const std::set<std::string>& after) {
  NameDifference difference;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(difference.only_before));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(difference.only_after));
  return difference;
}

std::string some_names(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(most, names.size());
  std::string text = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

bool is_test_file(std::string_view name) {
  if (name.size() > kLongestTestName || name.empty()) return false;
  const auto last = name.rfind('.');
  const auto file = last == std::string_view::npos ? name : name.substr(last + 1);
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || c == '.'; });
  return plain && file.starts_with("test_") && name.front() != '.' &&
         name.find("..") == std::string_view::npos;
}

std::vector<std::string> parse_test_list(std::string_view output) {
  std::vector<std::string> names;
  for (const auto line : split_lines(output)) {
    if (line.empty()) continue;
    if (!is_test_file(line))
      throw Failure(fmt::format("the list of CPython's tests has a line that is no name: \"{}\"",
                                printable(line, 200)));
    if (names.size() == kMostFiles)
      throw Failure("the list of CPython's tests has no end; is this a CPython?");
    names.emplace_back(line);
  }
  if (names.empty())
    throw Failure("the interpreter lists no tests; was it installed without Lib/test?");
  return names;
}

}  // namespace pytune
