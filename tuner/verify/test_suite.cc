#include "verify/test_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "measure/one_line.h"
#include "sys/error.h"
#include "sys/files.h"
#include "verify/test_names.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTestSuiteGate = "test suite";
constexpr std::size_t kTestsShown = 3;
// The mean over all files of 3.13, and how many there are.
constexpr double kMinutesPerFile = 0.06;
constexpr double kEmulatedTestFactor = 10;
constexpr std::size_t kFiles = 480;
constexpr std::chrono::minutes kTimeout{20};
constexpr std::chrono::minutes kEmulatedTimeout{90};
constexpr int kTries = 2;  // a test that fails now and then must not be taken for the patch's fault

double minutes_per_file(const Target* target) {
  return kMinutesPerFile * (target == nullptr ? 1 : kEmulatedTestFactor);
}

struct FileRun {
  TestOutcome outcome;
  std::string log;
};

// One test file on one interpreter.
struct TestRun {
  Interpreter interpreter;
  std::string label;  // "gcc-12, series"
  std::string file;
  int attempt = 1;
  FileRun result;
};

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
      interpreter_command(run.interpreter, {"-m", "test", "-v", "--randseed", "1", run.file}, home);
  command.log = log;
  command.timeout = run.interpreter.target == nullptr ? kTimeout : kEmulatedTimeout;
  command.memory_limit = std::uint64_t{6} << 30U;
  return command;
}

bool run_file(const VerifyContext& context, TestRun& run) {
  nlohmann::json inputs = interpreter_inputs(run.interpreter);
  inputs.update({{"file", run.file}, {"attempt", run.attempt}, {"version", 1}});
  const StepId id{"tests", step_key(inputs)};
  const Step step = context.store().produce(id, inputs, [&](const fs::path& staging) -> StepResult {
    const TemporaryDirectory home = context.store().staging("home");
    const fs::path log = staging / "log.txt";
    const Outcome done = context.runner().run(test_command(run, home.path(), log));
    if (!done.started) throw Failure(fmt::format("{}: {}", run.label, done.describe()));
    TestOutcome outcome = parse_test_output(fs::exists(log) ? read_file(log) : "");
    const std::string whole = whole_file(done, outcome, run.file);
    if (!whole.empty()) outcome.failed.insert(whole);
    return {true, {{"failed", outcome.failed}, {"ran", outcome.ran}, {"ended", done.describe()}}};
  });
  run.result.outcome.failed = step.details.at("failed").get<std::set<std::string>>();
  run.result.outcome.ran = step.details.at("ran").get<long>();
  run.result.log = (step.directory / "log.txt").string();
  return step.cached;
}

// One place: its files without and with the patches.
struct OutcomeComparison {
  GateRow row;
  Interpreter before;
  Interpreter after;
  std::vector<TestRun> runs;  // before and after in turns, for each file
  std::vector<std::string> unsteady;
  NameDifference difference;
  std::string log;  // of the first file that differs
  std::string problem;
};

std::vector<std::string> list_tests(const VerifyContext& context, const Interpreter& interpreter) {
  const nlohmann::json inputs = {{"build", interpreter.id}};
  const Step step = context.store().produce(
      {"testlist", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        const TemporaryDirectory home = context.store().staging("home");
        Command command =
            interpreter_command(interpreter, {"-m", "test", "--list-tests"}, home.path());
        command.timeout = std::chrono::minutes(10);
        const Outcome outcome = context.runner().run(command);
        if (!outcome.ok())
          throw Failure(fmt::format("{} -m test --list-tests: {}: {}", interpreter.python,
                                    outcome.describe(), measure::last_line(outcome.output, 200)));
        return {true, {{"tests", parse_test_list(outcome.output)}}};
      });
  return step.details.at("tests").get<std::vector<std::string>>();
}

void add_runs(OutcomeComparison& comparison, const std::vector<std::string>& files) {
  for (const auto& file : files) {
    comparison.runs.push_back(
        {comparison.before, comparison.row.place + ", unpatched", file, 1, {}});
    comparison.runs.push_back({comparison.after,
                               fmt::format("{}, {}", comparison.row.place, comparison.row.patch),
                               file,
                               1,
                               {}});
  }
}

// Runs each; what a run did not end with is told as its comparison's problem.
void run_all(VerifyContext& context, std::vector<std::pair<OutcomeComparison*, TestRun*>>& runs) {
  std::vector<Work> work;
  work.reserve(runs.size());
  for (auto& [comparison, run] : runs)
    work.push_back({fmt::format("{} ({})", run->file, run->label),
                    minutes_per_file(run->interpreter.target),
                    [&context, one = run] { return run_file(context, *one); }});
  const auto problems = run_work(work, context.options.parallel, context.watch);
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (!problems[i].empty()) runs[i].first->problem = problems[i];
}

bool differs(const TestRun& before, const TestRun& after) {
  return before.result.outcome.failed != after.result.outcome.failed;
}

// A name counts as failing where it failed in every try, and as not failing where in none.
void settle(OutcomeComparison& comparison, const TestRun& before, const TestRun& after,
            const FileRun& before_once_more, const FileRun& after_once_more) {
  const NameDifference first =
      compare_names(before.result.outcome.failed, after.result.outcome.failed);
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

void run_again_where_different(VerifyContext& context,
                               std::vector<OutcomeComparison>& comparisons) {
  std::vector<std::pair<OutcomeComparison*, TestRun>> again;
  for (auto& comparison : comparisons) {
    for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2) {
      if (!differs(comparison.runs[i], comparison.runs[i + 1])) continue;
      for (std::size_t side = 0; side < 2; ++side) {
        again.emplace_back(&comparison, comparison.runs[i + side]);
        again.back().second.attempt = kTries;
      }
    }
  }
  std::vector<std::pair<OutcomeComparison*, TestRun*>> runs;
  runs.reserve(again.size());
  for (auto& [comparison, run] : again) runs.emplace_back(comparison, &run);
  run_all(context, runs);
  std::size_t next = 0;
  for (auto& comparison : comparisons)
    for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2)
      if (differs(comparison.runs[i], comparison.runs[i + 1])) {
        settle(comparison, comparison.runs[i], comparison.runs[i + 1], again[next].second.result,
               again[next + 1].second.result);
        next += 2;
      }
}

std::string log_text(const OutcomeComparison& comparison) {
  std::string text = "FILE, tests run and failed without the patches, with them\n";
  for (std::size_t i = 0; i + 1 < comparison.runs.size(); i += 2) {
    const FileRun& before = comparison.runs[i].result;
    const FileRun& after = comparison.runs[i + 1].result;
    text +=
        fmt::format("{}: {} {}, {} {}\n", comparison.runs[i].file, before.outcome.ran,
                    before.outcome.failed.size(), after.outcome.ran, after.outcome.failed.size());
    for (const auto& name : before.outcome.failed) text += "  without: " + name + "\n";
    for (const auto& name : after.outcome.failed) text += "  with: " + name + "\n";
    if (!before.outcome.failed.empty() || !after.outcome.failed.empty())
      text += fmt::format("  logs: {} {}\n", before.log, after.log);
  }
  for (const auto& name : comparison.unsteady)
    text += "failed on one side, and not again: " + name + "\n";
  return text;
}

std::string agreement(const OutcomeComparison& comparison) {
  long ran = 0;
  std::size_t failed = 0;
  for (std::size_t i = 1; i < comparison.runs.size(); i += 2) {
    ran += comparison.runs[i].result.outcome.ran;
    failed += comparison.runs[i].result.outcome.failed.size();
  }
  std::string text =
      fmt::format("{} tests in {} files; {} fail, the same names as without the patches", ran,
                  comparison.runs.size() / 2, failed);
  if (!comparison.unsteady.empty())
    text +=
        fmt::format("; once only, and not again: {}", some_names(comparison.unsteady, kTestsShown));
  return text;
}

void judge(Store& store, OutcomeComparison& comparison) {
  GateRow& row = comparison.row;
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
  row.log = comparison.log.empty() ? keep_log(store, row, log_text(comparison)) : comparison.log;
}

std::vector<std::string> files_for(const VerifyContext& context,
                                   const std::vector<PlaceBuilds>& places) {
  if (!context.options.tests.empty()) return context.options.tests;
  // Of this machine's interpreter where there is one: all have the same files.
  const PlaceBuilds* from = nullptr;
  for (const auto& place : places)
    if (place.problem.empty() && (from == nullptr || from->place.target != nullptr)) from = &place;
  if (from == nullptr) return {};
  return list_tests(context, interpreter_of(from->plain, from->place.target));
}

}  // namespace

double test_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  const std::size_t files = context.options.tests.empty() ? kFiles : context.options.tests.size();
  double minutes = 0;
  for (const auto& place : places)
    if (place.recipe)
      minutes += 2 * static_cast<double>(files) * minutes_per_file(place.place.target);
  return minutes / context.options.parallel;
}

std::vector<GateRow> verify_tests(VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  std::vector<GateRow> rows;
  std::vector<OutcomeComparison> comparisons;
  const auto files = files_for(context, places);
  for (const auto& place : places) {
    const PlaceBuilds::Patched* checked = checked_or_skipped(place, kTestSuiteGate, rows);
    if (checked == nullptr) continue;
    OutcomeComparison comparison;
    comparison.row = {kTestSuiteGate,      place.name, checked->variant.patch,
                      GateOutcome::passed, "",         ""};
    comparison.before = interpreter_of(place.plain, place.place.target);
    comparison.after = interpreter_of(checked->build, place.place.target);
    add_runs(comparison, files);
    comparisons.push_back(std::move(comparison));
  }
  std::vector<std::pair<OutcomeComparison*, TestRun*>> runs;
  for (auto& comparison : comparisons)
    for (auto& run : comparison.runs) runs.emplace_back(&comparison, &run);
  run_all(context, runs);
  run_again_where_different(context, comparisons);
  for (auto& comparison : comparisons) {
    judge(context.store(), comparison);
    rows.push_back(comparison.row);
  }
  return rows;
}

}  // namespace pytune
