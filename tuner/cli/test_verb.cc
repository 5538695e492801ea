// `pytune test`: CPython's own tests on interpreters.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "campaign/data_home.h"
#include "campaign/emulated_machine.h"
#include "campaign/find_interpreter.h"
#include "cli/verb.h"
#include "conformance/own_tests.h"
#include "input/json.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr const char* kTestUsage = "test PYTHON... [OPTIONS]";

bool is_worse(const TestComparison& comparison) {
  return !comparison.problem.empty() || !comparison.difference.only_after.empty();
}

void print_names(const std::string& title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::cout << fmt::format("    {}:\n", title);
  for (const auto& name : names) std::cout << "      " << name << "\n";
}

void print_comparison(const TestComparison& comparison, bool is_first, std::size_t width) {
  const auto failing = comparison.failing_after();
  const bool the_same =
      !is_first && comparison.problem.empty() && comparison.difference.none() && !failing.empty();
  std::cout << fmt::format("  {:<{}}  {:<8}  {} tests, {} fail{}\n", comparison.after.name, width,
                           comparison.after.version, comparison.ran(), failing.size(),
                           the_same ? ", the same ones" : "");
  if (!comparison.problem.empty())
    std::cout << "    not all were run: " << comparison.problem << "\n";
  if (is_first) print_names("failing", failing);
  print_names("only here, not in " + comparison.before.name, comparison.difference.only_after);
  print_names("only in " + comparison.before.name, comparison.difference.only_before);
  print_names("failed here or there, and not when tried again", comparison.unsteady);
}

void print_tests(const OwnTests& tests, const std::string& cpu) {
  std::size_t width = 0;
  for (const auto& one : tests.comparisons) width = std::max(width, one.after.name.size());
  std::cout << fmt::format("CPython's own tests, {} file{}{}\n", tests.files.size(),
                           tests.files.size() == 1 ? "" : "s",
                           cpu.empty() ? "" : ", emulated as " + cpu);
  for (const auto& one : tests.comparisons)
    print_comparison(one, &one == &tests.comparisons.front(), width);
  for (const auto& note : tests.notes) std::cout << "note: " << note << "\n";
  std::cout << "all names and logs: " << tests.log << "\n";
}

nlohmann::json tests_json(const OwnTests& tests) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& one : tests.comparisons)
    rows.push_back({{"name", one.after.name},
                    {"python", one.after.python},
                    {"version", one.after.version},
                    {"ran", one.ran()},
                    {"failing", one.failing_after()},
                    {"only_here", one.difference.only_after},
                    {"only_in_first", one.difference.only_before},
                    {"unsteady", one.unsteady},
                    {"problem", one.problem}});
  return {
      {"files", tests.files}, {"interpreters", rows}, {"notes", tests.notes}, {"log", tests.log}};
}

int run_test(const Options& options) {
  if (!options.given("python"))
    throw UsageError(fmt::format("give an interpreter; usage: pytune {}", kTestUsage));
  const int parallel = options.at_once();
  const auto files = options.test_files("tests");
  const std::string cpu = options.text("emulate");
  Progress progress(options.progress());
  Store store(options.store());
  store.tell(progress);
  SystemRunner runner;
  store.sweep_leftovers();
  std::optional<EmulatedMachine> machine;
  if (options.given("emulate")) machine = find_emulated_machine(data_home(), runner, cpu);
  std::vector<Interpreter> interpreters;
  for (const auto& word : options.texts("python"))
    interpreters.push_back(find_interpreter(word, store, runner, machine));
  const OwnTests tests = run_own_tests({store, runner, progress, parallel}, interpreters, files);
  progress.finish();
  if (options.given("json"))
    std::cout << dump_json(tests_json(tests), 1) << "\n";
  else
    print_tests(tests, cpu);
  return std::any_of(tests.comparisons.begin(), tests.comparisons.end(), is_worse) ? 1 : 0;
}

}  // namespace

Verb test_verb() {
  return {"test",
          "run CPython's own tests on interpreters and compare the failing tests by name",
          kTestUsage,
          {"python..."},
          {{"python", "PYTHON...",
            "Paths, programs on PATH, builds in the store, or debian:13-arm64. The first is the "
            "reference."},
           {"tests", "LIST", "Test files to run, such as test_long,test_bytes. Default: all."},
           {"emulate", "CPU",
            "Run the interpreters under QEMU as on this CPU (a name in profiles/cpus/)."},
           {"jobs,j", "N", "Test files to run at once. Default: by CPUs and memory."},
           json_option(),
           progress_option(),
           store_option()},
          run_test};
}

}  // namespace pytune
