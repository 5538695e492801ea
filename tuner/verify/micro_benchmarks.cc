#include "verify/micro_benchmarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "conformance/tasks.h"
#include "input/text.h"
#include "measure/emulated_counts.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBenchmarkGate = "micro-benchmark";
constexpr const char* kCounted = "counted:";  // PatchHeader::effect of what a count shows
constexpr std::size_t kMostStatements = 500;
constexpr std::size_t kLongestBenchmarkName = 100;
constexpr long kFewLoops = 200;            // of the run that is taken off
constexpr double kWanted = 40'000'000;     // instructions; start-up differs by some thousands
constexpr double kLeastInstructions = 50;  // of a statement with the loop around it
// A count repeats to some parts in 100,000 (measure/count_workload.h).
constexpr double kSame = 0.9995;
constexpr double kBenchmarkMinutes = 0.05;
constexpr double kCountedMinutes = 0.5;

// One patch's benchmark in one place.
struct Trial {
  GateRow row;
  fs::path bench;
  std::string effect;
  Interpreter before;
  Interpreter after;
  std::vector<std::string> names;
  std::vector<StatementCount> counts;
};

Outcome run_bench(const VerifyContext& context, const Interpreter& interpreter,
                  const std::vector<std::string>& arguments, const fs::path& counts = {}) {
  const TemporaryDirectory home = context.store().staging("home");
  std::vector<std::string> words = {"-s", "-P", (context.patches / "bench.py").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Command command = question_to(interpreter, words, home.path(), counts);
  command.timeout = std::chrono::minutes(30);
  Outcome outcome = context.runner().run(command);
  if (!outcome.ok())
    throw Failure(fmt::format("{} with {}: {}: {}", fs::path(arguments.front()).filename().string(),
                              interpreter.python, outcome.describe(),
                              last_line(outcome.output, 200)));
  return outcome;
}

nlohmann::json bench_inputs(const VerifyContext& context, const Interpreter& interpreter,
                            const fs::path& bench) {
  nlohmann::json inputs = interpreter_inputs(interpreter);
  inputs.update(
      {{"runner", sha256_file(context.patches / "bench.py")}, {"bench", sha256_file(bench)}});
  return inputs;
}

// Runs every statement a few times; their names.
std::vector<std::string> run_all_statements(const VerifyContext& context,
                                            const Interpreter& interpreter, const fs::path& bench,
                                            bool& cached) {
  const nlohmann::json inputs = bench_inputs(context, interpreter, bench);
  const Step step = context.store().produce(
      {"benchrun", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        const Outcome outcome = run_bench(context, interpreter, {bench.string()});
        return {true,
                {{"names", parse_statement_names(outcome.output, bench.filename().string())}}};
      });
  cached = cached && step.cached;
  return step.details.at("names").get<std::vector<std::string>>();
}

// One that an interpreter runs.
struct Statement {
  const Interpreter& interpreter;
  const fs::path& bench;
  const std::string& name;
};

double count(const VerifyContext& context, const Statement& statement, long loops) {
  const auto& [interpreter, bench, name] = statement;
  const TemporaryDirectory folder = context.store().staging("counts");
  run_bench(context, interpreter, {bench.string(), name, std::to_string(loops)},
            fs::absolute(folder.path()));
  const EmulatedCounts counts = read_emulated_counts(folder.path());
  const auto found = counts.counts.find(kInstructions);
  if (found == counts.counts.end() || counts.lost > 0)
    throw Failure(
        fmt::format("{}: {}: its instructions were not counted", bench.filename().string(), name));
  return static_cast<double>(found->second);
}

// Instructions of one statement, and how often it ran for that: so often that they come to kWanted.
struct Counted {
  double instructions = 0;
  long loops = 0;
};

// Start-up and the reading of the program are in both runs, and fall out of the difference.
// `loops`: 0 where it is not known how many it takes.
Counted count_per_statement(const VerifyContext& context, const Statement& statement, long loops) {
  const double few = count(context, statement, kFewLoops);
  const auto beyond_few = [&](long more) {
    return (count(context, statement, kFewLoops + more) - few) / static_cast<double>(more);
  };
  if (loops == 0)
    loops = std::lround(kWanted / std::max(kLeastInstructions, beyond_few(kFewLoops)));
  loops = std::max(kFewLoops, loops);
  const double counted = beyond_few(loops);
  if (counted <= 0)
    throw Failure(fmt::format("{}: {}: more loops did not execute more instructions",
                              statement.bench.filename().string(), statement.name));
  return {counted, loops};
}

Counted counted_statement(const VerifyContext& context, const Statement& statement, long loops,
                          bool& cached) {
  nlohmann::json inputs = bench_inputs(context, statement.interpreter, statement.bench);
  inputs["statement"] = statement.name;
  inputs["plugin"] = sha256_file(statement.interpreter.machine->plugin);
  inputs["loops"] = loops;
  const Step step = context.store().produce(
      {"benchcount", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        const Counted one = count_per_statement(context, statement, loops);
        return {true, {{kInstructions, one.instructions}, {"loops", one.loops}}};
      });
  cached = cached && step.cached;
  return {step.details.at(kInstructions).get<double>(), step.details.at("loops").get<long>()};
}

StatementCount count_statement(const VerifyContext& context, const Trial& trial,
                               const std::string& name, bool& cached) {
  const Counted before = counted_statement(context, {trial.before, trial.bench, name}, 0, cached);
  const Counted after =
      counted_statement(context, {trial.after, trial.bench, name}, before.loops, cached);
  return {name, before.instructions, after.instructions};
}

bool run_trial(const VerifyContext& context, Trial& trial) {
  bool cached = true;
  trial.names = run_all_statements(context, trial.before, trial.bench, cached);
  run_all_statements(context, trial.after, trial.bench, cached);
  if (trial.before.machine)
    for (const auto& name : trial.names)
      trial.counts.push_back(count_statement(context, trial, name, cached));
  return cached;
}

void judge(VerifyContext& context, Trial& trial, const std::string& problem) {
  if (!problem.empty()) {
    trial.row.outcome = GateOutcome::failed;
    trial.row.why = problem;
    return;
  }
  if (!trial.before.machine) {
    trial.row.why = fmt::format("{} statements run without and with it", trial.names.size());
    return;
  }
  judge_counts(trial.row, trial.counts, trial.effect);
  std::string text = "statement: instructions without it, with it, times fewer\n";
  for (const auto& one : trial.counts)
    text += fmt::format("{}: {:.1f} {:.1f} {:.3f}\n", one.name, one.before, one.after, one.ratio());
  trial.row.log = keep_log(context.store(), trial.row, text);
}

// The build with this patch alone, or the one with all.
const PlaceBuilds::Patched* patched_with(const PlaceBuilds& place, const std::string& patch) {
  const auto* alone = place.of(patch);
  return alone != nullptr ? alone : place.of(kSeriesRow);
}

std::vector<const Patch*> chosen(const VerifyContext& context) {
  std::vector<const Patch*> patches;
  for (const auto& patch : context.series.patches)
    if (context.options.patch.empty() || context.options.patch == patch.name)
      patches.push_back(&patch);
  return patches;
}

double minutes_of(bool emulated) { return emulated ? kCountedMinutes : kBenchmarkMinutes; }

}  // namespace

std::vector<std::string> parse_statement_names(std::string_view output, const std::string& shown) {
  std::vector<std::string> names;
  for (const auto line : split_lines(output)) {
    const bool plain = !line.empty() && line.size() <= kLongestBenchmarkName &&
                       printable(line, kLongestBenchmarkName + 3) == line;
    if (!plain || names.size() == kMostStatements)
      throw Failure(fmt::format("{}: no name of a statement: \"{}\"", shown,
                                printable(line, kLongestBenchmarkName)));
    names.emplace_back(line);
  }
  if (names.empty()) throw Failure(shown + ": holds no statements");
  return names;
}

void judge_counts(GateRow& row, const std::vector<StatementCount>& counts,
                  const std::string& effect) {
  double least = counts.front().ratio();
  double most = least;
  for (const auto& one : counts) {
    least = std::min(least, one.ratio());
    most = std::max(most, one.ratio());
  }
  const bool claimed = effect.starts_with(kCounted);
  const bool worse = most < kSame;
  row.outcome = worse && claimed ? GateOutcome::failed : GateOutcome::passed;
  row.why = fmt::format("{} statements, {:.3f}x to {:.3f}x fewer instructions (counted)",
                        counts.size(), least, most);
  if (worse && claimed) row.why += ": it makes every one dearer";
  if (worse && !claimed) row.why += ", which is not what it is for";
}

double benchmark_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  double minutes = 0;
  for (const auto& place : places)
    if (place.recipe)
      minutes +=
          static_cast<double>(chosen(context).size()) * minutes_of(place.place.target != nullptr);
  return minutes / context.options.parallel;
}

std::vector<GateRow> verify_benchmarks(VerifyContext& context,
                                       const std::vector<PlaceBuilds>& places) {
  std::vector<Trial> trials;
  std::vector<GateRow> skipped;
  for (const auto& place : places) {
    if (checked_or_skipped(place, kBenchmarkGate, skipped) == nullptr) continue;
    for (const Patch* patch : chosen(context)) {
      const auto* patched = patched_with(place, patch->name);
      if (patched == nullptr) continue;
      const Target* target = place.place.target;
      trials.push_back({{kBenchmarkGate, place.name, patch->name, GateOutcome::passed, "", ""},
                        context.patches / "bench" / (patch->name + ".py"),
                        patch->header.effect,
                        interpreter_of(place.plain, target),
                        interpreter_of(patched->build, target),
                        {},
                        {}});
    }
  }
  std::vector<Task> tasks;
  tasks.reserve(trials.size());
  for (Trial& trial : trials)
    tasks.push_back({fmt::format("{} ({}, {})", kBenchmarkGate, trial.row.place, trial.row.patch),
                     minutes_of(trial.before.machine.has_value()),
                     [&context, &trial] { return run_trial(context, trial); }});
  const auto problems = run_tasks(tasks, context.options.parallel, context.listener);
  std::vector<GateRow> rows;
  rows.reserve(trials.size() + skipped.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    judge(context, trials[i], problems[i]);
    rows.push_back(trials[i].row);
  }
  rows.insert(rows.end(), skipped.begin(), skipped.end());
  return rows;
}

}  // namespace pytune
