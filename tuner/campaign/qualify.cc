#include "campaign/qualify.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "conformance/test_comparison.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Of the list on a 2.3 GHz Xeon; the mean over all files of the suite is
// higher.
constexpr double kMinutesPerListedFile = 0.05;
constexpr double kEmulatedFactor = 10;

// Those of the list that both have: names differ between versions, and one list
// serves all.
std::vector<std::string> files_of_both(const TestContext& context, const TestComparison& comparison,
                                       const std::vector<std::string>& wanted) {
  const auto before = list_tests(context, comparison.before);
  const auto after = list_tests(context, comparison.after);
  const auto has = [](const std::vector<std::string>& list, const std::string& file) {
    return std::find(list.begin(), list.end(), file) != list.end();
  };
  std::vector<std::string> files;
  for (const auto& file : wanted)
    if (has(before, file) && has(after, file)) files.push_back(file);
  if (files.empty()) throw Failure("it has none of the test files that are to be passed");
  return files;
}

}  // namespace

std::vector<std::string> qualifying_tests(const fs::path& home, bool emulated) {
  const fs::path list = home / "profiles" / "own_tests" / "list";
  std::istringstream in(read_file(list));
  std::vector<std::string> files;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string where;
    std::string file;
    if (!(fields >> where) || where.starts_with('#')) continue;
    if ((where != "all" && where != "native") || !(fields >> file) || !is_test_file(file))
      throw Failure(fmt::format("{}: no line of the form \"all|native FILE REASON\": {}",
                                list.string(), line));
    if (!emulated || where == "all") files.push_back(file);
  }
  return files;
}

double qualifying_minutes(std::size_t files, bool emulated, int parallel) {
  return 2 * static_cast<double>(files) * kMinutesPerListedFile * (emulated ? kEmulatedFactor : 1) /
         std::max(1, parallel);
}

TestedBuild qualify(const Qualifying& qualifying, const Build& build) {
  const TestContext context{qualifying.site.store, qualifying.site.runner, qualifying.site.listener,
                            qualifying.parallel};
  std::vector<TestComparison> one(1);
  TestComparison& comparison = one.front();
  comparison.before_label = qualifying.baseline.name;
  comparison.after_label = build.name;
  comparison.before = interpreter_of(qualifying.baseline, qualifying.target);
  comparison.after = interpreter_of(build, qualifying.target);
  TestedBuild tested;
  tested.build = build.id;
  try {
    comparison.files = files_of_both(context, comparison, qualifying.files);
    compare_tests(context, one);
    tested.problem = comparison.problem;
  } catch (const Failure& failure) {
    tested.problem = failure.what();
  }
  tested.files = static_cast<long>(comparison.files.size());
  tested.ran = comparison.ran();
  if (tested.problem.empty() && tested.ran == 0) tested.problem = "no test of it ran";
  tested.failing = comparison.failing_after();
  tested.only_here = comparison.difference.only_after;
  tested.unsteady = comparison.unsteady;
  tested.log = comparison.log;
  return tested;
}

}  // namespace pytune
