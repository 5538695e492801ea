#include "report/speed_table.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>

#include "input/text.h"
#include "report/sentences.h"
#include "result/lookup.h"

namespace pytune {
namespace {

constexpr std::size_t kSpeed = 6, kInterval = 11, kVerdict = 11;

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

std::string megabytes(double bytes) { return bytes > 0 ? fmt::format("{:.1f}", bytes / 1e6) : "-"; }

// The columns after the verdict.
struct Extra {
  std::string_view title;
  std::size_t width;
  std::string (*text)(const SpeedRow& row);
};

const std::vector<Extra>& extra_columns() {
  static const std::vector<Extra> columns = {
      {"numeric", 7,
       [](const SpeedRow& row) { return row.numeric ? ratio(*row.numeric) : std::string("-"); }},
      {"size MB", 7, [](const SpeedRow& row) { return megabytes(row.size_bytes); }},
      {"RSS MB", 6, [](const SpeedRow& row) { return megabytes(row.rss_bytes); }},
      {"min", 5, [](const SpeedRow& row) {
         return row.build_minutes ? fmt::format("{:.1f}", *row.build_minutes) : std::string("-");
       }}};
  return columns;
}

struct Layout {
  std::size_t name = 12;
  std::size_t bar = 10;
  std::vector<Extra> extra;
};

Layout fit_columns(const std::vector<SpeedRow>& rows, std::size_t width) {
  Layout layout;
  layout.bar = width >= 96 ? 10 : 6;
  std::size_t fixed = 2 + kSpeed + kInterval + kVerdict + 4;
  for (const Extra& column : extra_columns()) {
    const bool known = std::any_of(rows.begin(), rows.end(),
                                   [&](const SpeedRow& row) { return column.text(row) != "-"; });
    if (!known) continue;
    layout.extra.push_back(column);
    fixed += column.width + 1;
  }
  std::size_t longest = 12;
  for (const SpeedRow& row : rows) longest = std::max(longest, display_width(row.name));
  const std::size_t room = width > fixed + layout.bar + 12 ? width - fixed - layout.bar : 12;
  layout.name = std::min(longest, room);
  return layout;
}

// The row's own line, then the rest of a long name beside the notes, which start under the verdict
// where they fit there.
void print_row(const Page& page, const SpeedRow& row, const Layout& layout, double fastest) {
  const auto name = wrap(row.name, layout.name);
  fmt::print(page.out, "{} {} {} {} {} {}", row.marked ? "*" : " ", pad_right(name[0], layout.name),
             pad_left(row.speed ? ratio(*row.speed) : "-", kSpeed),
             pad_right(row.interval.empty() ? "-" : row.interval, kInterval),
             bar(row.speed ? *row.speed / fastest : 0, layout.bar, page.utf8),
             paint(layout.extra.empty() ? row.verdict : pad_right(row.verdict, kVerdict), row.tone,
                   page.color));
  for (const Extra& column : layout.extra)
    fmt::print(page.out, " {}", pad_left(column.text(row), column.width));
  fmt::print(page.out, "\n");
  const std::size_t below_interval = layout.name + kSpeed + 4;
  for (std::size_t i = 0; i + 1 < name.size() || i < row.notes.size(); ++i) {
    const std::string rest = i + 1 < name.size() ? "  " + name[i + 1] : "";
    const std::string note = i < row.notes.size() ? row.notes[i] : "";
    fmt::print(page.out, "{}\n", note.empty() ? rest : pad_right(rest, below_interval) + note);
  }
}

}  // namespace

SpeedRow baseline_row(std::string name, const Measurement& measurement, std::string_view arm) {
  SpeedRow row;
  row.name = std::move(name);
  row.speed = 1;
  row.interval = "reference";
  row.verdict = "baseline";
  row.rss_bytes = static_cast<double>(median_rss_kib(measurement, arm)) * 1024;
  return row;
}

void add_speed(SpeedRow& row, const ArmComparison& arm, const Comparison& comparison,
               bool with_time_to_tell) {
  row.speed = arm.speed.estimate;
  row.interval = range(arm.speed);
  row.verdict = verdict_word(arm.verdict, is_counted(comparison));
  row.tone = tone_of(arm.verdict);
  row.rss_bytes = static_cast<double>(arm.max_rss_kib) * 1024;
  if (arm.verdict == Verdict::cannot_tell && with_time_to_tell)
    row.notes.push_back(time_to_tell(arm.minutes_to_tell));
  if (arm.rounds > 0 && arm.rounds < comparison.rounds)
    row.notes.push_back(fmt::format("settled after {} rounds", arm.rounds));
  if (arm.clocks_disagree)
    row.notes.push_back(
        fmt::format("in wall time {} {}", ratio(arm.wall_speed.estimate), range(arm.wall_speed)));
}

std::string verdict_word(Verdict verdict, bool counted) {
  if (counted && verdict == Verdict::faster) return "fewer";
  if (counted && verdict == Verdict::slower) return "more";
  return std::string(name_of(verdict));
}

bool is_counted(const Comparison& comparison) { return comparison.clock == Clock::instructions; }

std::string speed_heading(std::string_view what, const Comparison& comparison) {
  static const std::map<Clock, std::pair<const char*, const char*>> kWords = {
      {Clock::cpu, {"speed", ", CPU time"}},
      {Clock::wall, {"speed", ", wall time"}},
      {Clock::instructions, {"instructions executed", ""}}};
  const auto& [measure, clock] = kWords.at(comparison.clock);
  return fmt::format("{} by {} ({}{}, simultaneous {:.4g} % intervals, {} rounds)", what, measure,
                     name_of(evidence_of(comparison.clock)), clock, comparison.confidence * 100,
                     comparison.rounds);
}

void print_speed_table(const Page& page, std::string_view first_column,
                       const Comparison& comparison, std::vector<SpeedRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const SpeedRow& a, const SpeedRow& b) {
    return a.speed.value_or(-1) > b.speed.value_or(-1);
  });
  const Layout layout = fit_columns(rows, page.width);
  fmt::print(page.out, "  {} {} {} {} {}", pad_right(first_column, layout.name),
             pad_left(is_counted(comparison) ? "ratio" : "speed", kSpeed),
             pad_right("interval", kInterval), std::string(layout.bar, ' '),
             layout.extra.empty() ? "verdict" : pad_right("verdict", kVerdict));
  for (const Extra& column : layout.extra)
    fmt::print(page.out, " {}", pad_left(column.title, column.width));
  fmt::print(page.out, "\n");
  double fastest = 1;
  for (const SpeedRow& row : rows) fastest = std::max(fastest, row.speed.value_or(0));
  for (const SpeedRow& row : rows) print_row(page, row, layout, fastest);
}

std::string noise_sentence(const Comparison& comparison) {
  if (comparison.copy_bound <= 0) return "";
  return fmt::format("The identical copy (A/A) strayed by up to {:.2f} %: less than that is noise.",
                     (std::exp(comparison.copy_bound) - 1) * 100);
}

}  // namespace pytune
