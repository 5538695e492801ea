#include "verify/test_suite.h"

#include <fmt/format.h>

#include "conformance/test_comparison.h"
#include "conformance/test_names.h"

namespace pytune {
namespace {

constexpr const char* kTestSuiteGate = "test suite";
constexpr std::size_t kTestsShown = 3;

TestContext test_context(const VerifyContext& context) {
  return {context.store(), context.runner(), context.listener, context.options.parallel};
}

std::string agreement(const TestComparison& comparison) {
  std::string text =
      fmt::format("{} tests in {} files; {} fail, the same names as without the patches",
                  comparison.ran(), comparison.runs.size() / 2, comparison.failing_after().size());
  if (!comparison.unsteady.empty())
    text +=
        fmt::format("; once only, and not again: {}", some_names(comparison.unsteady, kTestsShown));
  return text;
}

void judge(Store& store, const TestComparison& comparison, GateRow& row) {
  row.outcome = GateOutcome::failed;
  const NameDifference& difference = comparison.difference;
  if (!comparison.problem.empty()) {
    row.why = comparison.problem;
  } else if (!difference.only_after.empty()) {
    row.why = fmt::format("fails with the patches only: {}",
                          some_names(difference.only_after, kTestsShown));
  } else if (!difference.only_before.empty()) {
    row.why = fmt::format("fails without the patches only: {}",
                          some_names(difference.only_before, kTestsShown));
  } else {
    row.outcome = GateOutcome::passed;
    row.why = agreement(comparison);
  }
  row.log = comparison.log.empty()
                ? keep_log(store, row, comparison_log(comparison, "without", "with"))
                : comparison.log;
}

// All files of the suite: of this machine's interpreter where there is one, as all have the same.
std::vector<std::string> whole_suite(const VerifyContext& context,
                                     const std::vector<PlaceBuilds>& places) {
  const PlaceBuilds* from = nullptr;
  for (const auto& place : places)
    if (place.problem.empty() && (from == nullptr || from->place.target != nullptr)) from = &place;
  if (from == nullptr) return {};
  return list_tests(test_context(context), interpreter_of(from->plain, from->place.target));
}

}  // namespace

double test_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  double minutes = 0;
  for (const auto& place : places) {
    if (!place.recipe) continue;
    const auto& asked = context.options.inputs(place.place.target != nullptr).tests;
    minutes += 2 * static_cast<double>(asked.empty() ? kTestFiles : asked.size()) *
               test_file_minutes(interpreter_of(place.plain, place.place.target));
  }
  return minutes / context.options.parallel;
}

std::vector<GateRow> verify_tests(VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  std::vector<GateRow> skipped;
  std::vector<GateRow> rows;
  std::vector<TestComparison> comparisons;
  for (const auto& place : places) {
    const PlaceBuilds::Patched* checked = checked_or_skipped(place, kTestSuiteGate, skipped);
    if (checked == nullptr) continue;
    const std::string& patch = checked->variant.patch;
    rows.push_back({kTestSuiteGate, place.name, patch, GateOutcome::passed, "", ""});
    TestComparison comparison;
    comparison.before_label = place.name + ", unpatched";
    comparison.after_label = fmt::format("{}, {}", place.name, patch);
    comparison.before = interpreter_of(place.plain, place.place.target);
    comparison.after = interpreter_of(checked->build, place.place.target);
    comparison.files = context.options.inputs(place.place.target != nullptr).tests;
    if (comparison.files.empty()) comparison.files = whole_suite(context, places);
    comparisons.push_back(std::move(comparison));
  }
  compare_tests(test_context(context), comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i)
    judge(context.store(), comparisons[i], rows[i]);
  skipped.insert(skipped.end(), rows.begin(), rows.end());
  return skipped;
}

}  // namespace pytune
