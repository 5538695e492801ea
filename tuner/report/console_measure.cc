// `pytune measure` on the console.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "report/console.h"
#include "report/counter_table.h"
#include "report/measure_result.h"
#include "report/speed_table.h"
#include "report/text.h"

namespace pytune {
namespace report {
namespace {

const Arm* arm_called(const MeasureResult& result, std::string_view id) {
  for (const Arm& arm : result.measurement.arms)
    if (arm.id == id) return &arm;
  return nullptr;
}

bool is_copy(const MeasureResult& result, const ArmComparison& row) {
  const Arm* arm = arm_called(result, row.arm);
  return arm != nullptr && arm->role == Arm::Role::copy;
}

std::string verdict_words(const ArmComparison& arm) {
  const std::string figure = arm.speed.estimate >= 1
                                 ? fmt::format("{} faster than", ratio(arm.speed.estimate))
                                 : fmt::format("{} the speed of", ratio(arm.speed.estimate));
  switch (arm.verdict) {
    case Verdict::faster:
    case Verdict::slower:
      return figure + " the baseline";
    case Verdict::equivalent:
      return "as fast as the baseline";
    case Verdict::cannot_tell:
      break;
  }
  return "cannot tell from the baseline: " + time_to_tell(arm.minutes_to_tell);
}

// A line for each interpreter, whatever its length: scripts and people look for the answer here.
void print_headlines(const Page& page, const MeasureResult& result) {
  for (const ArmComparison& row : result.comparison.arms) {
    if (is_copy(result, row)) continue;
    fmt::print(page.out, "{} ({}): {} ({})\n", one_line(arm_called(result, row.arm)->label),
               paint(one_line(result.evidence), Tone::heading, page.color), verdict_words(row),
               interval_words(row.speed, result.comparison.confidence));
  }
  page.item("",
            fmt::format("Baseline: {}", one_line(interpreter_label(result.interpreters.front()))));
  const Host& host = result.host;
  const std::string work =
      result.suite.empty()
          ? fmt::format("{} benchmarks", result.measurement.workloads.size())
          : fmt::format("suite {}, {} workloads; {:.0f} min measuring", one_line(result.suite),
                        result.measurement.workloads.size(), result.minutes);
  const std::string cpus =
      host.cpus < 1 ? "" : fmt::format(", {} CPU{}", host.cpus, host.cpus == 1 ? "" : "s");
  page.item("", fmt::format("On {}{}, {}{}; {}", one_line(host.cpu_model), cpus, one_line(host.os),
                            host.virtualized ? ", virtual machine" : "", work));
}

void print_speeds(const Page& page, const MeasureResult& result) {
  page.heading(speed_heading("Interpreters", result.evidence, result.comparison));
  std::vector<SpeedRow> rows;
  rows.push_back(baseline_row(one_line(interpreter_label(result.interpreters.front())),
                              result.measurement, result.comparison.baseline));
  for (const ArmComparison& arm : result.comparison.arms) {
    SpeedRow row;
    row.name = one_line(arm_called(result, arm.arm)->label);
    add_speed(row, arm, /*with_time_to_tell=*/!is_copy(result, arm));
    rows.push_back(std::move(row));
  }
  print_speed_table(page, "interpreter", rows);
  const bool memory =
      std::any_of(rows.begin(), rows.end(), [](const SpeedRow& row) { return row.rss_bytes > 0; });
  const std::string legend =
      (memory ? "RSS: median peak. " : "") + noise_sentence(result.comparison);
  if (!legend.empty()) page.item("  ", legend);
  if (result.looks > 1)
    page.item("  ", fmt::format(
                        "The figures were looked at {} times before measuring ended; the intervals "
                        "are widened so that they hold over all looks.",
                        result.looks));
}

// A geometric mean may hide a workload that became much slower.
void print_workloads(const Page& page, const MeasureResult& result) {
  std::size_t width = 0;
  for (const Workload& workload : result.measurement.workloads)
    width = std::max(width, display_width(one_line(workload.name)));
  for (const ArmComparison& arm : result.comparison.arms) {
    if (is_copy(result, arm)) continue;
    page.heading(fmt::format("{} by workload ({}, {:.4g} % intervals, each on its own)",
                             one_line(arm_called(result, arm.arm)->label),
                             one_line(result.evidence), result.comparison.confidence * 100));
    auto workloads = arm.workloads;
    std::stable_sort(workloads.begin(), workloads.end(), [](const auto& a, const auto& b) {
      return a.speed.estimate > b.speed.estimate;
    });
    const double fastest = workloads.empty() ? 1 : std::max(1.0, workloads[0].speed.estimate);
    for (const WorkloadComparison& one : workloads) {
      if (one.blocks == 0) {
        fmt::print(page.out, "  {}  no figure: it failed, see the warnings\n",
                   pad_right(one_line(one.workload), width));
        continue;
      }
      const bool slower = one.speed.high < 1;
      const bool faster = one.speed.low > 1;
      fmt::print(page.out, "  {} {} {} {} {}\n", pad_right(one_line(one.workload), width),
                 paint(pad_left(ratio(one.speed.estimate), 7),
                       slower   ? Tone::bad
                       : faster ? Tone::good
                                : Tone::plain,
                       page.color),
                 pad_right(range(one.speed), 13), bar(one.speed.estimate / fastest, 20, page.utf8),
                 slower ? "slower" : "");
    }
  }
}

void print_all_warnings(const Page& page, const MeasureResult& result) {
  std::vector<std::string> warnings = result.comparison.warnings;
  warnings.insert(warnings.end(), result.measurement.notes.begin(), result.measurement.notes.end());
  if (warnings.empty()) return;
  page.heading(fmt::format("Warnings ({})", warnings.size()));
  for (const std::string& warning : warnings) page.item("  ! ", one_line(warning));
}

}  // namespace
}  // namespace report

std::string interpreter_label(const MeasuredInterpreter& interpreter) {
  return fmt::format("{} ({} {})", interpreter.name, interpreter.implementation,
                     interpreter.version);
}

void print_measure(std::ostream& out, const MeasureResult& result, const ConsoleStyle& style) {
  const report::Page page{.out = out,
                          .color = style.color,
                          .utf8 = report::terminal_is_utf8(),
                          .width = static_cast<std::size_t>(std::clamp(style.width, 60, 200))};
  report::print_headlines(page, result);
  report::print_speeds(page, result);
  report::print_workloads(page, result);
  report::print_counters(page, result.counters, [&](const std::string& arm) {
    return report::arm_called(result, arm)->label;
  });
  report::print_all_warnings(page, result);
}

int measure_exit_status(const MeasureResult& result) {
  const bool any = std::any_of(
      result.comparison.arms.begin(), result.comparison.arms.end(), [&](const ArmComparison& arm) {
        return arm.verdict != Verdict::cannot_tell && !report::is_copy(result, arm);
      });
  return any ? 0 : 3;
}

}  // namespace pytune
