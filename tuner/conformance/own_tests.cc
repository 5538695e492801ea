#include "conformance/own_tests.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "input/suggestion.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Results of what is in the store, which never changes, are kept for later runs; of any other, the
// library may be edited without the executable changing.
std::string id_in_keys(const Store& store, const Interpreter& interpreter) {
  const std::string path = fs::absolute(interpreter.python).string();
  const std::string root = fs::absolute(store.root()).string() + "/";
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const nlohmann::json facts = {
      interpreter.identity, path,
      path.starts_with(root) ? "" : fmt::format("process {} at {}", getpid(), now)};
  return step_key(facts);
}

// What all have, and a sentence for what some lack.
std::vector<std::string> files_of_all(const TestContext& context,
                                      const std::vector<Interpreter>& interpreters,
                                      std::vector<std::string>& notes) {
  const auto sorted_tests = [&](const Interpreter& interpreter) {
    std::vector<std::string> files = list_tests(context, interpreter);
    std::sort(files.begin(), files.end());
    return files;
  };
  const Interpreter& first = interpreters.front();
  std::vector<std::string> common = sorted_tests(first);
  for (auto one = interpreters.begin() + 1; one != interpreters.end(); ++one) {
    const std::vector<std::string> theirs = sorted_tests(*one);
    const NameDifference difference =
        compare_names({common.begin(), common.end()}, {theirs.begin(), theirs.end()});
    const auto leave_out = [&](const std::vector<std::string>& files, const std::string& who) {
      if (!files.empty())
        notes.push_back(fmt::format("{} has no {}: left out", who, some_names(files, 5)));
    };
    leave_out(difference.only_before, one->name);
    leave_out(difference.only_after, first.name);
    std::vector<std::string> both;
    std::set_intersection(common.begin(), common.end(), theirs.begin(), theirs.end(),
                          std::back_inserter(both));
    common = std::move(both);
  }
  if (common.empty()) throw Failure("the interpreters have no test file in common");
  return common;
}

// A package of tests, such as test_asyncio, is listed by its parts, and may be asked for as a
// whole.
void require_files(const TestContext& context, const std::vector<Interpreter>& interpreters,
                   const std::vector<std::string>& files) {
  for (const auto& one : interpreters) {
    const std::vector<std::string> known = list_tests(context, one);
    for (const auto& file : files) {
      const auto is_it = [&](const std::string& listed) {
        return listed == file || listed.starts_with(fmt::format("test.{}.", file));
      };
      if (std::none_of(known.begin(), known.end(), is_it))
        throw UsageError(
            fmt::format("--tests: {} has no {}{}", one.name, file, suggestion(file, known)));
    }
  }
}

void note_versions(const std::vector<Interpreter>& interpreters, std::vector<std::string>& notes) {
  const Interpreter& first = interpreters.front();
  const auto other =
      std::find_if(interpreters.begin(), interpreters.end(),
                   [&](const Interpreter& one) { return one.version != first.version; });
  if (other != interpreters.end())
    notes.push_back(fmt::format(
        "{} is {} and {} is {}: each runs the tests of its own version, so names may differ for "
        "that alone",
        first.name, first.version, other->name, other->version));
}

std::string keep_log(Store& store, const std::vector<TestComparison>& comparisons) {
  std::string text;
  for (const auto& one : comparisons)
    text += comparison_log(one, one.before_label, one.after_label) + "\n";
  const nlohmann::json inputs = {{"log", sha256(text)}};
  const Step step =
      store.produce({"testlog", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        write_file_atomic(staging / "log.txt", text);
        return StepResult{true, nlohmann::json::object()};
      });
  return (step.directory / "log.txt").string();
}

}  // namespace

OwnTests run_own_tests(const TestContext& context, std::vector<Interpreter> interpreters,
                       std::vector<std::string> files) {
  for (auto& one : interpreters) {
    if (one.implementation != "CPython")
      throw UsageError(fmt::format("{}: is {}; CPython's own tests are for CPython", one.name,
                                   one.implementation));
    one.identity = id_in_keys(context.store, one);
  }
  OwnTests all;
  note_versions(interpreters, all.notes);
  if (files.empty())
    files = files_of_all(context, interpreters, all.notes);
  else
    require_files(context, interpreters, files);
  context.listener.expect(static_cast<double>(2 * files.size() * interpreters.size()) *
                          test_file_minutes(interpreters.front()) / context.parallel);
  for (const auto& one : interpreters)
    all.comparisons.push_back({.before_label = interpreters.front().name,
                               .after_label = one.name,
                               .before = interpreters.front(),
                               .after = one,
                               .files = files});
  compare_tests(context, all.comparisons);
  all.log = keep_log(context.store, all.comparisons);
  all.files = std::move(files);
  return all;
}

}  // namespace pytune
