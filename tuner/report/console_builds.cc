// The table of builds, fastest first.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "report/console.h"
#include "report/figures.h"
#include "report/text.h"

namespace pytune::report {
namespace {

struct Row {
  std::string name;
  std::optional<double> speed;  // nothing: not measured
  std::string interval;
  std::string verdict;
  Tone tone = Tone::plain;
  double size_bytes = 0;  // 0: not known
  double rss_bytes = 0;
  std::optional<double> build_minutes;
  bool recommended = false;
  std::vector<std::string> notes;  // lines under the row
};

constexpr std::size_t kSpeed = 6, kInterval = 11, kVerdict = 11, kSize = 7, kRss = 6, kMinutes = 5;
constexpr std::size_t kFixed = 2 + kSpeed + kInterval + kVerdict + kSize + kRss + kMinutes + 7;

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::faster:
      return Tone::good;
    case Verdict::slower:
      return Tone::bad;
    case Verdict::cannot_tell:
      return Tone::caution;
    case Verdict::equivalent:
      break;
  }
  return Tone::plain;
}

// What the comparison says of this arm; nothing changes when it was not measured.
void add_speed(Row& row, const SweepResult& result, const ArmComparison& arm, Arm::Role role) {
  row.speed = arm.speed.estimate;
  row.interval = range(arm.speed);
  row.verdict = to_string(arm.verdict);
  row.tone = tone_of(arm.verdict);
  row.rss_bytes = static_cast<double>(arm.max_rss_kib) * 1024;
  // More rounds are of use for a build only; for the other two the bare verdict is enough.
  if (arm.verdict == Verdict::cannot_tell && role == Arm::Role::candidate)
    row.notes.push_back(time_to_tell(arm.minutes_to_tell));
  if (arm.clocks_disagree)
    row.notes.push_back(
        fmt::format("in wall time {} {}", ratio(arm.wall_speed.estimate), range(arm.wall_speed)));
  if (result.confirm && role == Arm::Role::candidate)
    if (const auto* again = find_comparison(*result.confirm, arm.arm))
      row.notes.push_back(
          fmt::format("fresh rounds {} {}", ratio(again->speed.estimate), range(again->speed)));
}

Row build_row(const SweepResult& result, const Build& build) {
  Row row;
  row.name = build_name(result, build);
  row.size_bytes = static_cast<double>(build.interpreter_bytes);
  row.build_minutes = build.build_seconds / 60;
  row.recommended = result.recommendation.significant && result.recommendation.arm == build.id;
  if (build.id == result.baseline_build) {
    if (row.name != "baseline") row.name += " (baseline)";
    row.speed = 1;
    row.interval = "reference";
    row.verdict = "baseline";
    row.rss_bytes = static_cast<double>(median_rss_kib(result.measurement, build.id)) * 1024;
  } else if (const auto* arm = find_comparison(result.race, build.id)) {
    add_speed(row, result, *arm, Arm::Role::candidate);
  } else {
    row.verdict = "no figure";
    row.notes.emplace_back("was not measured to the end");
  }
  return row;
}

std::vector<Row> table_rows(const SweepResult& result) {
  std::vector<Row> rows;
  for (const Build& build : result.builds)
    if (build.ok()) rows.push_back(build_row(result, build));
  for (const Arm& arm : result.measurement.arms) {
    if (arm.role != Arm::Role::copy && arm.role != Arm::Role::reference) continue;
    const auto* comparison = find_comparison(result.race, arm.id);
    if (comparison == nullptr) continue;
    Row row;
    row.name = arm.role == Arm::Role::copy    ? "baseline again (A/A)"
               : result.system_python.empty() ? arm_label(result, arm.id)
                                              : one_line(result.system_python);
    add_speed(row, result, *comparison, arm.role);
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.speed.value_or(-1) > b.speed.value_or(-1);
  });
  return rows;
}

std::string megabytes(double bytes) { return bytes > 0 ? fmt::format("{:.1f}", bytes / 1e6) : "-"; }

struct Columns {
  std::size_t name;
  std::size_t bar;
};

Columns fit_columns(const std::vector<Row>& rows, std::size_t width) {
  const std::size_t bar = width >= 96 ? 10 : 6;
  std::size_t longest = 12;
  for (const Row& row : rows) longest = std::max(longest, display_width(row.name));
  const std::size_t room = width > kFixed + bar + 12 ? width - kFixed - bar : 12;
  return {.name = std::min(longest, room), .bar = bar};
}

// The row's own line, then the rest of a long name beside the notes, which start under the verdict
// where they fit there.
void print_row(const Page& page, const Row& row, const Columns& columns, double fastest) {
  const auto name = wrap(row.name, columns.name);
  fmt::print(
      page.out, "{} {} {} {} {} {} {} {} {}\n", row.recommended ? "*" : " ",
      pad_right(name[0], columns.name), pad_left(row.speed ? ratio(*row.speed) : "-", kSpeed),
      pad_right(row.interval.empty() ? "-" : row.interval, kInterval),
      bar(row.speed ? *row.speed / fastest : 0, columns.bar, page.utf8),
      paint(pad_right(row.verdict, kVerdict), row.tone, page.color),
      pad_left(megabytes(row.size_bytes), kSize), pad_left(megabytes(row.rss_bytes), kRss),
      pad_left(row.build_minutes ? fmt::format("{:.1f}", *row.build_minutes) : "-", kMinutes));
  const std::size_t below_interval = columns.name + kSpeed + 4;
  for (std::size_t i = 0; i + 1 < name.size() || i < row.notes.size(); ++i) {
    const std::string rest = i + 1 < name.size() ? "  " + name[i + 1] : "";
    const std::string note = i < row.notes.size() ? row.notes[i] : "";
    fmt::print(page.out, "{}\n", note.empty() ? rest : pad_right(rest, below_interval) + note);
  }
}

}  // namespace

void print_builds(const Page& page, const SweepResult& result) {
  const std::vector<Row> rows = table_rows(result);
  if (rows.empty()) return;
  const Comparison& race = result.race;
  page.heading(fmt::format(
      "Builds by speed ({}, {} time, simultaneous {:.4g} % intervals, {} rounds)",
      one_line(result.recommendation.evidence), race.clock == "cpu" ? "CPU" : one_line(race.clock),
      race.confidence * 100, race.rounds));
  const Columns columns = fit_columns(rows, page.width);
  fmt::print(page.out, "  {} {} {} {} {} {} {} {}\n", pad_right("build", columns.name),
             pad_left("speed", kSpeed), pad_right("interval", kInterval),
             std::string(columns.bar, ' '), pad_right("verdict", kVerdict),
             pad_left("size MB", kSize), pad_left("RSS MB", kRss), pad_left("min", kMinutes));
  double fastest = 1;
  for (const Row& row : rows) fastest = std::max(fastest, row.speed.value_or(0));
  for (const Row& row : rows) print_row(page, row, columns, fastest);
  const bool any_recommended =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.recommended; });
  const std::string noise =
      race.copy_bound > 0
          ? fmt::format(
                " The identical copy (A/A) strayed by up to {:.2f} %: less than that is noise.",
                (std::exp(race.copy_bound) - 1) * 100)
          : "";
  page.item(
      "  ",
      fmt::format("{}size: interpreter and libpython; RSS: median peak; min: minutes to build.{}",
                  any_recommended ? "*: recommended; " : "", noise));
}

}  // namespace pytune::report
