#include "conformance/test_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "conformance/tasks.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// The mean over all files of 3.13.
constexpr double kMinutesPerFile = 0.06;
constexpr double kEmulatedTestFactor = 10;
constexpr std::chrono::minutes kTimeout{20};
constexpr std::chrono::minutes kEmulatedTimeout{90};
constexpr int kTries = 2;

// What went wrong with the file as a whole; empty: nothing, or it is in the names.
std::string whole_file(const Outcome& done, const TestOutcome& outcome, const std::string& file) {
  if (done.ok()) return "";
  const bool ended_by_itself =
      done.started && !done.timed_out && done.signal == 0 && done.memory_limit == 0;
  if (ended_by_itself && !outcome.failed.empty()) return "";
  return fmt::format("{} ({})", file, done.describe());
}

Command test_command(const TestRun& run, const fs::path& home, const fs::path& log) {
  Command command =
      question_to(run.interpreter, {"-m", "test", "-v", "--randseed", "1", run.file}, home);
  command.log = log;
  command.timeout = run.interpreter.machine ? kEmulatedTimeout : kTimeout;
  command.memory_limit = std::uint64_t{6} << 30U;
  return command;
}

bool run_file(const TestContext& context, TestRun& run) {
  nlohmann::json inputs = interpreter_inputs(run.interpreter);
  inputs.update({{"file", run.file}, {"attempt", run.attempt}, {"version", 1}});
  const StepId id{"tests", step_key(inputs)};
  const Step step = context.store.produce(id, inputs, [&](const fs::path& staging) -> StepResult {
    const TemporaryDirectory home = context.store.staging("home");
    const fs::path log = staging / "log.txt";
    const Outcome done = context.runner.run(test_command(run, home.path(), log));
    if (!done.started) throw Failure(fmt::format("{}: {}", run.label, done.describe()));
    TestOutcome outcome = parse_test_output(fs::exists(log) ? read_file(log) : "");
    const std::string whole = whole_file(done, outcome, run.file);
    if (!whole.empty()) outcome.failed.insert(whole);
    return {true, {{"failed", outcome.failed}, {"ran", outcome.ran}, {"ended", done.describe()}}};
  });
  run.outcome.failed = step.details.at("failed").get<std::set<std::string>>();
  run.outcome.ran = step.details.at("ran").get<long>();
  run.log = (step.directory / "log.txt").string();
  return step.cached;
}

void add_runs(TestComparison& comparison) {
  for (const auto& file : comparison.files) {
    comparison.runs.push_back({comparison.before, comparison.before_label, file, 1, {}, ""});
    comparison.runs.push_back({comparison.after, comparison.after_label, file, 1, {}, ""});
  }
}

// Runs each; what a run did not end with is told as its comparison's problem. What several
// comparisons ask for is run once, and found at the end: two at a time would wait for each other.
void run_all(const TestContext& context, std::vector<std::pair<TestComparison*, TestRun*>>& runs) {
  std::set<std::tuple<std::string, std::string, int>> begun;
  std::vector<std::pair<TestComparison*, TestRun*>> repeated;
  std::erase_if(runs, [&](const auto& one) {
    const TestRun& run = *one.second;
    if (begun.emplace(run.interpreter.identity, run.file, run.attempt).second) return false;
    repeated.push_back(one);
    return true;
  });
  runs.insert(runs.end(), repeated.begin(), repeated.end());
  std::vector<Task> tasks;
  tasks.reserve(runs.size());
  for (auto& [comparison, run] : runs)
    tasks.push_back({fmt::format("{} ({})", run->file, run->label),
                     test_file_minutes(run->interpreter),
                     [&context, one = run] { return run_file(context, *one); }});
  const auto problems = run_tasks(tasks, context.parallel, context.listener);
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (!problems[i].empty()) runs[i].first->problem = problems[i];
}

bool differs(const TestRun& before, const TestRun& after) {
  return before.outcome.failed != after.outcome.failed;
}

// A name counts as failing where it failed in every try, and as not failing where in none.
void settle(TestComparison& comparison, const TestRun& before, const TestRun& after,
            const TestRun& before_once_more, const TestRun& after_once_more) {
  const NameDifference first = compare_names(before.outcome.failed, after.outcome.failed);
  const NameDifference second =
      compare_names(before_once_more.outcome.failed, after_once_more.outcome.failed);
  const auto in_both = [&](const std::vector<std::string>& once,
                           const std::vector<std::string>& again, std::vector<std::string>& out) {
    for (const auto& name : once)
      (std::find(again.begin(), again.end(), name) != again.end() ? out : comparison.unsteady)
          .push_back(name);
  };
  const bool told_before = !comparison.difference.none();
  in_both(first.only_before, second.only_before, comparison.difference.only_before);
  in_both(first.only_after, second.only_after, comparison.difference.only_after);
  if (!told_before && !comparison.difference.none()) comparison.log = after_once_more.log;
}

void run_again_where_different(const TestContext& context,
                               std::vector<TestComparison>& comparisons) {
  std::vector<std::pair<TestComparison*, TestRun>> again;
  for (auto& comparison : comparisons) {
    for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2) {
      if (!differs(comparison.runs[i], comparison.runs[i + 1])) continue;
      for (std::size_t side = 0; side < 2; ++side) {
        again.emplace_back(&comparison, comparison.runs[i + side]);
        again.back().second.attempt = kTries;
      }
    }
  }
  std::vector<std::pair<TestComparison*, TestRun*>> runs;
  runs.reserve(again.size());
  for (auto& [comparison, run] : again) runs.emplace_back(comparison, &run);
  run_all(context, runs);
  std::size_t next = 0;
  for (auto& comparison : comparisons)
    for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2)
      if (differs(comparison.runs[i], comparison.runs[i + 1])) {
        settle(comparison, comparison.runs[i], comparison.runs[i + 1], again[next].second,
               again[next + 1].second);
        next += 2;
      }
}

}  // namespace

long TestComparison::ran() const {
  long tests = 0;
  for (std::size_t i = 1; i < runs.size(); i += 2) tests += runs[i].outcome.ran;
  return tests;
}

std::vector<std::string> TestComparison::failing_after() const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < runs.size(); i += 2)
    names.insert(names.end(), runs[i].outcome.failed.begin(), runs[i].outcome.failed.end());
  return names;
}

double test_file_minutes(const Interpreter& interpreter) {
  return kMinutesPerFile * (interpreter.machine ? kEmulatedTestFactor : 1);
}

std::vector<std::string> list_tests(const TestContext& context, const Interpreter& interpreter) {
  const nlohmann::json inputs = {{"build", interpreter.identity}};
  const Step step = context.store.produce(
      {"testlist", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        const TemporaryDirectory home = context.store.staging("home");
        Command command = question_to(interpreter, {"-m", "test", "--list-tests"}, home.path());
        command.timeout = std::chrono::minutes(10);
        const Outcome outcome = context.runner.run(command);
        if (!outcome.ok())
          throw Failure(fmt::format("{} -m test --list-tests: {}: {}", interpreter.python,
                                    outcome.describe(), last_line(outcome.output, 200)));
        return {true, {{"tests", parse_test_list(outcome.output)}}};
      });
  return step.details.at("tests").get<std::vector<std::string>>();
}

void compare_tests(const TestContext& context, std::vector<TestComparison>& comparisons) {
  std::vector<std::pair<TestComparison*, TestRun*>> runs;
  for (auto& comparison : comparisons) {
    add_runs(comparison);
    for (auto& run : comparison.runs) runs.emplace_back(&comparison, &run);
  }
  run_all(context, runs);
  run_again_where_different(context, comparisons);
}

std::string comparison_log(const TestComparison& comparison, const std::string& before_word,
                           const std::string& after_word) {
  std::string text = fmt::format("FILE, tests run and failed {}, {}\n", before_word, after_word);
  for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2) {
    const TestRun& before = comparison.runs[i];
    const TestRun& after = comparison.runs[i + 1];
    text +=
        fmt::format("{}: {} {}, {} {}\n", comparison.runs[i].file, before.outcome.ran,
                    before.outcome.failed.size(), after.outcome.ran, after.outcome.failed.size());
    for (const auto& name : before.outcome.failed)
      text += fmt::format("  {}: {}\n", before_word, name);
    for (const auto& name : after.outcome.failed)
      text += fmt::format("  {}: {}\n", after_word, name);
    if (!before.outcome.failed.empty() || !after.outcome.failed.empty())
      text += fmt::format("  logs: {} {}\n", before.log, after.log);
  }
  for (const auto& name : comparison.unsteady)
    text += "failed on one side, and not again: " + name + "\n";
  return text;
}

}  // namespace pytune
