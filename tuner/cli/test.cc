#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <set>

#include "build/scheduler.h"
#include "cli/emulating.h"
#include "cli/home.h"
#include "cli/interpreters.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "cli/verb.h"
#include "cli/work_progress.h"
#include "input/suggestion.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/files.h"
#include "verify/test_comparison.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTestUsage = "test PYTHON... [OPTIONS]";

struct Tested {
  std::string name;
  std::string version;
  Interpreter interpreter;
};

// Results of what is in the store, which never changes, are kept for later runs; of any other, the
// library may be edited without the executable changing.
std::string id_in_keys(const Store& store, const MeasuredInterpreter& found) {
  const std::string path = fs::absolute(found.python).string();
  const std::string root = fs::absolute(store.root()).string() + "/";
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const nlohmann::json facts = {
      found.sha256, path,
      path.starts_with(root) ? "" : fmt::format("process {} at {}", getpid(), now)};
  return step_key(facts);
}

Tested find_tested(const std::string& word, Store& store, ProcessRunner& runner,
                   const std::optional<EmulatedWorkers>& emulated) {
  const MeasuredInterpreter found = find_interpreter(word, store, runner, emulated);
  if (found.implementation != "CPython")
    throw UsageError(
        fmt::format("{}: is {}; CPython's own tests are for CPython", word, found.implementation));
  Tested tested{found.name, found.version, {id_in_keys(store, found), found.python, {}}};
  if (emulated)
    tested.interpreter.emulated = {emulated->emulator,
                                   {.sysroot = emulated_root(store, found.python),
                                    .cpu = emulated->cpu,
                                    .plugin = emulated->plugin}};
  return tested;
}

// What all have, and a sentence for what some lack.
std::vector<std::string> files_of_all(const TestContext& context, const std::vector<Tested>& tested,
                                      std::vector<std::string>& notes) {
  std::vector<std::string> common = list_tests(context, tested.front().interpreter);
  std::sort(common.begin(), common.end());
  for (auto one = tested.begin() + 1; one != tested.end(); ++one) {
    std::vector<std::string> theirs = list_tests(context, one->interpreter);
    std::sort(theirs.begin(), theirs.end());
    const NameDifference difference =
        compare_names({common.begin(), common.end()}, {theirs.begin(), theirs.end()});
    const auto leave_out = [&](const std::vector<std::string>& files, const std::string& who) {
      if (!files.empty())
        notes.push_back(fmt::format("{} has no {}: left out", who, some_names(files, 5)));
    };
    leave_out(difference.only_before, one->name);
    leave_out(difference.only_after, tested.front().name);
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
void require_files(const TestContext& context, const std::vector<Tested>& tested,
                   const std::vector<std::string>& files) {
  for (const auto& one : tested) {
    const std::vector<std::string> known = list_tests(context, one.interpreter);
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

bool is_worse(const TestComparison& comparison) {
  return !comparison.problem.empty() || !comparison.difference.only_after.empty();
}

void print_names(const std::string& title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::cout << fmt::format("    {}:\n", title);
  for (const auto& name : names) std::cout << "      " << name << "\n";
}

void print_comparison(const TestComparison& comparison, const Tested& first, const Tested& tested,
                      std::size_t width) {
  const bool reference = &first == &tested;
  const auto failing = comparison.failing_after();
  std::cout << fmt::format("  {:<{}}  {:<8}  {} tests, {} fail", tested.name, width, tested.version,
                           comparison.ran(), failing.size());
  if (!reference && comparison.problem.empty() && comparison.difference.none())
    std::cout << (failing.empty() ? "" : ", the same ones");
  std::cout << "\n";
  if (!comparison.problem.empty())
    std::cout << "    not all were run: " << comparison.problem << "\n";
  if (reference) print_names("failing", failing);
  print_names("only here, not in " + first.name, comparison.difference.only_after);
  print_names("only in " + first.name, comparison.difference.only_before);
  print_names("failed here or there, and not when tried again", comparison.unsteady);
}

nlohmann::json comparison_json(const TestComparison& comparison, const Tested& tested) {
  return {{"name", tested.name},
          {"python", tested.interpreter.python},
          {"version", tested.version},
          {"ran", comparison.ran()},
          {"failing", comparison.failing_after()},
          {"only_here", comparison.difference.only_after},
          {"only_in_first", comparison.difference.only_before},
          {"unsteady", comparison.unsteady},
          {"problem", comparison.problem}};
}

// The file with every name and where each test file's output is.
std::string keep_test_log(Store& store, const std::string& text) {
  const nlohmann::json inputs = {{"log", sha256(text)}};
  const Step step =
      store.produce({"testlog", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        write_file_atomic(staging / "log.txt", text);
        return StepResult{true, nlohmann::json::object()};
      });
  return (step.directory / "log.txt").string();
}

std::vector<TestComparison> compare_all(const TestContext& context,
                                        const std::vector<Tested>& tested,
                                        const std::vector<std::string>& files) {
  std::vector<TestComparison> comparisons;
  for (const auto& one : tested) {
    TestComparison comparison;
    comparison.before_label = tested.front().name;
    comparison.after_label = one.name;
    comparison.before = tested.front().interpreter;
    comparison.after = one.interpreter;
    comparison.files = files;
    comparisons.push_back(std::move(comparison));
  }
  compare_tests(context, comparisons);
  return comparisons;
}

std::string version_note(const std::vector<Tested>& tested) {
  for (const auto& one : tested)
    if (one.version != tested.front().version)
      return fmt::format(
          "{} is {} and {} is {}: each runs the tests of its own version, so names may differ for "
          "that alone",
          tested.front().name, tested.front().version, one.name, one.version);
  return "";
}

}  // namespace

po::options_description test_options() {
  po::options_description options("options");
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()(
      "python", po::value<std::vector<std::string>>()->value_name("PYTHON"),
      "as words without dashes too: a path, a program on PATH, the name or id of a build in the "
      "store, or debian:13-arm64 for that release's own. The others are compared with the first")(
      "tests", word("LIST"), "files of the suite, as test_long,test_bytes (default: all)")(
      "emulate", word("CPU"),
      "run the interpreters under QEMU as on this CPU (neoverse-n1, ...); all of them are for its "
      "architecture")("jobs,j", po::value<int>()->value_name("N"),
                      "test files at once; default: by CPUs and memory")(
      "json", "everything as JSON on stdout")("progress", word("WHEN"),
                                              "auto, always (lines in a pipe), never");
  add_store_option(options);
  return options;
}

int run_test(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, test_options(), kTestUsage, {"python..."});
  if (!parsed) return 0;
  const po::variables_map& options = *parsed;
  const auto option = [&](const char* name, const char* otherwise = "") {
    return options.contains(name) ? options[name].as<std::string>() : std::string(otherwise);
  };
  if (!options.contains("python"))
    throw UsageError(fmt::format("give an interpreter; usage: pytune {}", kTestUsage));
  const int parallel =
      options.contains("jobs") ? options["jobs"].as<int>() : default_parallel_builds();
  if (parallel < 1 || parallel > 64) throw UsageError("--jobs must be between 1 and 64");
  std::vector<std::string> files;
  if (options.contains("tests")) files = parse_test_files(option("tests"));
  Progress progress(progress_mode(option("progress", "auto")));
  Store store(options.contains("store") ? fs::path(option("store")) : default_store());
  SystemRunner runner;
  store.sweep_leftovers();

  std::optional<EmulatedWorkers> emulated;
  if (options.contains("emulate"))
    emulated = emulated_workers(data_home(), runner, option("emulate"), store.root() / "staging");
  std::vector<Tested> tested;
  for (const auto& word : options["python"].as<std::vector<std::string>>())
    tested.push_back(find_tested(word, store, runner, emulated));
  WorkProgress watch(progress);
  watch.at_once(parallel);
  const TestContext context{store, runner, watch, parallel};
  std::vector<std::string> notes;
  if (const std::string note = version_note(tested); !note.empty()) notes.push_back(note);
  if (files.empty())
    files = files_of_all(context, tested, notes);
  else
    require_files(context, tested, files);
  progress.expect(static_cast<double>(2 * files.size() * tested.size()) *
                  test_file_minutes(tested.front().interpreter) / parallel);
  const auto comparisons = compare_all(context, tested, files);
  std::string text;
  for (const auto& one : comparisons)
    text += comparison_log(one, one.before_label, one.after_label) + "\n";
  const std::string log = keep_test_log(store, text);
  progress.line("");

  if (options.contains("json")) {
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t i = 0; i < tested.size(); ++i)
      rows.push_back(comparison_json(comparisons[i], tested[i]));
    std::cout << nlohmann::json(
                     {{"files", files}, {"interpreters", rows}, {"notes", notes}, {"log", log}})
                     .dump(1)
              << "\n";
  } else {
    std::size_t width = 0;
    for (const auto& one : tested) width = std::max(width, one.name.size());
    std::cout << fmt::format("CPython's own tests, {} file{}{}\n", files.size(),
                             files.size() == 1 ? "" : "s",
                             emulated ? ", emulated as " + option("emulate") : "");
    for (std::size_t i = 0; i < tested.size(); ++i)
      print_comparison(comparisons[i], tested.front(), tested[i], width);
    for (const auto& note : notes) std::cout << "note: " << note << "\n";
    std::cout << "all names and logs: " << log << "\n";
  }
  return std::any_of(comparisons.begin(), comparisons.end(), is_worse) ? 1 : 0;
}

}  // namespace pytune
