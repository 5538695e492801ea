#include "verify/differential.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "conformance/tasks.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kDifferentialGate = "differential";
constexpr std::size_t kShown = 200;  // bytes of a line that is not understood
constexpr std::size_t kMostAreas = 1000;
// Of all areas together, by runs of gcc 12's -O3 builds.
constexpr double kCasesPerMinute = 60'000;
constexpr double kEmulatedCallFactor = 12;

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

AreaDigest parse_line(std::string_view line, const std::string& shown) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  AreaDigest parsed;
  if (second != std::string_view::npos) {
    parsed.area = line.substr(0, first);
    const auto number = line.substr(first + 1, second - first - 1);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), parsed.inputs);
    parsed.digest = line.substr(second + 1);
    if (error == std::errc() && end == number.data() + number.size() && parsed.inputs >= 0 &&
        is_word(parsed.area) && is_sha256(parsed.digest))
      return parsed;
  }
  throw Failure(fmt::format("{}: its answer is no digest: \"{}\"", shown, printable(line, kShown)));
}

long cases_for(const VerifyContext& context, const Interpreter& interpreter) {
  return context.options.inputs(interpreter.machine.has_value()).cases;
}

double minutes_of(const VerifyContext& context, const Interpreter& interpreter) {
  return static_cast<double>(cases_for(context, interpreter)) / kCasesPerMinute *
         (interpreter.machine ? kEmulatedCallFactor : 1);
}

struct Answers {
  Interpreter interpreter;
  std::string name;  // for people
  std::vector<AreaDigest> digests;
  std::string problem;
};

// What one interpreter answers to everything.
bool ask(const VerifyContext& context, Answers& answers) {
  const fs::path program = context.patches / "differential.py";
  const long cases = cases_for(context, answers.interpreter);
  nlohmann::json inputs = interpreter_inputs(answers.interpreter);
  inputs.update(
      {{"program", sha256_file(program)}, {"cases", cases}, {"seed", context.options.seed}});
  const Step step = context.store().produce(
      {"digests", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        const TemporaryDirectory home = context.store().staging("home");
        Command command =
            question_to(answers.interpreter,
                        {"-s", "-P", program.string(), "--cases", std::to_string(cases), "--seed",
                         std::to_string(context.options.seed)},
                        home.path());
        command.timeout = std::chrono::hours(12);
        const Outcome outcome = context.runner().run(command);
        if (!outcome.ok())
          throw Failure(fmt::format("{}: {}: {}", answers.name, outcome.describe(),
                                    last_line(outcome.output, kShown)));
        parse_digests(outcome.output, answers.name);
        return {true, {{"digests", outcome.output}}};
      });
  answers.digests = parse_digests(step.details.at("digests").get<std::string>(), answers.name);
  return step.cached;
}

std::string log_text(const VerifyContext& context, const Answers& before, const Answers& after) {
  std::string text = fmt::format("differential.py --cases {} --seed {}\n",
                                 cases_for(context, before.interpreter), context.options.seed);
  for (const Answers* answers : {&before, &after}) {
    text += fmt::format("\n{}: {}\n", answers->name, answers->interpreter.python);
    if (!answers->problem.empty()) text += answers->problem + "\n";
    for (const auto& one : answers->digests)
      text += fmt::format("{} {} {}\n", one.area, one.inputs, one.digest);
  }
  return text;
}

void judge(GateRow& row, const Answers& before, const Answers& after) {
  row.outcome = GateOutcome::failed;
  if (!before.problem.empty() || !after.problem.empty()) {
    row.why = before.problem.empty() ? after.problem : before.problem;
    return;
  }
  row.why = differing_areas(before.digests, after.digests);
  if (!row.why.empty()) return;
  row.outcome = GateOutcome::passed;
  const long inputs =
      std::accumulate(after.digests.begin(), after.digests.end(), 0L,
                      [](long sum, const AreaDigest& one) { return sum + one.inputs; });
  row.why = fmt::format("{} inputs in {} areas, the same answers", inputs, after.digests.size());
}

}  // namespace

std::vector<AreaDigest> parse_digests(std::string_view output, const std::string& shown) {
  std::vector<AreaDigest> digests;
  for (const auto line : split_lines(output)) {
    if (digests.size() == kMostAreas) throw Failure(shown + ": it answers without end");
    digests.push_back(parse_line(line, shown));
  }
  if (digests.empty()) throw Failure(shown + ": it answers nothing");
  return digests;
}

std::string differing_areas(const std::vector<AreaDigest>& before,
                            const std::vector<AreaDigest>& after) {
  std::vector<std::string> areas;
  for (const AreaDigest& one : after) {
    const bool same = std::any_of(before.begin(), before.end(), [&](const AreaDigest& other) {
      return other.area == one.area && other.inputs == one.inputs && other.digest == one.digest;
    });
    if (!same) areas.push_back(one.area);
  }
  if (areas.empty() && before.size() == after.size()) return "";
  if (areas.empty())
    return fmt::format("{} areas before and {} after", before.size(), after.size());
  return fmt::format("other answers than without the patches in: {}", fmt::join(areas, ", "));
}

double differential_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  double minutes = 0;
  for (const auto& place : places)
    if (place.recipe)
      minutes += 2 * minutes_of(context, interpreter_of(place.plain, place.place.target));
  return minutes / context.options.parallel;
}

std::vector<GateRow> verify_differential(VerifyContext& context,
                                         const std::vector<PlaceBuilds>& places) {
  std::vector<GateRow> skipped;
  std::vector<GateRow> rows;
  std::vector<Answers> answers;
  for (const auto& place : places) {
    const PlaceBuilds::Patched* checked = checked_or_skipped(place, kDifferentialGate, skipped);
    if (checked == nullptr) continue;
    const Target* target = place.place.target;
    const std::string& patch = checked->variant.patch;
    rows.push_back({kDifferentialGate, place.name, patch, GateOutcome::passed, "", ""});
    answers.push_back({interpreter_of(place.plain, target), place.name + ", unpatched", {}, ""});
    answers.push_back(
        {interpreter_of(checked->build, target), fmt::format("{}, {}", place.name, patch), {}, ""});
  }
  std::vector<Task> tasks;
  tasks.reserve(answers.size());
  for (Answers& one : answers)
    tasks.push_back({fmt::format("differential inputs ({})", one.name),
                     minutes_of(context, one.interpreter),
                     [&context, &one] { return ask(context, one); }});
  const auto problems = run_tasks(tasks, context.options.parallel, context.listener);
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i].problem = problems[i];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Answers& before = answers[2 * i];
    const Answers& after = answers[2 * i + 1];
    judge(rows[i], before, after);
    rows[i].log = keep_log(context.store(), rows[i], log_text(context, before, after));
  }
  rows.insert(rows.end(), skipped.begin(), skipped.end());
  return rows;
}

}  // namespace pytune
