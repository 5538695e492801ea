// `pytune measure` on the console.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "input/text.h"
#include "report/console.h"
#include "report/counter_table.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "report/throughput.h"
#include "result/measure_result.h"

namespace pytune {
namespace {

// ", over 5 of 12 workloads" where an interpreter did not run all of them; empty where it did.
std::string partly(const MeasureResult& result, const ArmComparison& row) {
  const std::size_t all = result.measurement.workloads.size();
  return row.workloads.size() == all
             ? ""
             : fmt::format("over {} of {} workloads", row.workloads.size(), all);
}

std::string headline_words(const ArmComparison& arm, bool counted) {
  const std::string figure = against(arm.speed, counted);
  switch (arm.verdict) {
    case Verdict::faster:
    case Verdict::slower:
      return figure + " the baseline";
    case Verdict::equivalent:
      return counted ? "as many instructions as the baseline" : "as fast as the baseline";
    case Verdict::cannot_tell:
      break;
  }
  return "cannot tell from the baseline: " + time_to_tell(arm.minutes_to_tell);
}

// A line for each interpreter, whatever its length: scripts and people look for the answer here.
void print_headlines(const Page& page, const MeasureResult& result) {
  for (const ArmComparison& row : result.comparison.arms) {
    if (is_copy(result, row)) continue;
    const std::string over = partly(result, row);
    fmt::print(page.out, "{} ({}): {} ({}{}{})\n", printable(find_arm(result, row.arm)->label),
               paint(name_of(evidence_of(result)), Tone::heading, page.color),
               headline_words(row, is_counted(result.comparison)),
               interval_words(row.speed, result.comparison.confidence), over.empty() ? "" : "; ",
               over);
  }
  page.item("", fmt::format("Baseline: {}", printable(label_of(baseline_of(result).interpreter))));
  const Host& host = result.host;
  const std::string work =
      result.suite.empty()
          ? fmt::format("{} benchmarks", result.measurement.workloads.size())
          : fmt::format("suite {}, {} workloads; {:.0f} min measuring", printable(result.suite),
                        result.measurement.workloads.size(), result.minutes);
  const std::string cpus =
      host.cpus < 1 ? "" : fmt::format(", {} CPU{}", host.cpus, host.cpus == 1 ? "" : "s");
  page.item("", fmt::format("On {}{}, {}{}; {}", printable(host.cpu_model), cpus,
                            printable(host.os), host.virtualized ? ", virtual machine" : "", work));
}

void print_speeds(const Page& page, const MeasureResult& result) {
  const bool throughput = !result.throughput_cpus.empty();
  if (throughput)
    page.heading(fmt::format(
        "Interpreters by throughput ({}, work of {} CPUs at once, simultaneous {:.4g} % intervals, "
        "{} rounds)",
        name_of(evidence_of(result)), result.throughput_cpus.size(),
        result.comparison.confidence * 100, result.comparison.rounds));
  else
    page.heading(speed_heading("Interpreters", result.comparison));
  std::vector<SpeedRow> rows;
  rows.push_back(baseline_row(printable(label_of(baseline_of(result).interpreter)),
                              result.measurement, result.comparison.baseline));
  for (const ArmComparison& arm : result.comparison.arms) {
    SpeedRow row;
    row.name = printable(find_arm(result, arm.arm)->label);
    add_speed(row, arm, result.comparison, /*with_time_to_tell=*/!is_copy(result, arm));
    if (const std::string over = partly(result, arm); !over.empty()) row.notes.push_back(over);
    rows.push_back(std::move(row));
  }
  print_speed_table(page, "interpreter", result.comparison, rows);
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

using Names = std::unordered_set<std::string_view>;

// Of the workloads that were measured; with `clock`, of those that are told by it alone.
Names names_of(const MeasureResult& result, std::optional<Clock> clock = std::nullopt) {
  Names names;
  for (const Workload& one : result.measurement.workloads)
    if (!clock || one.clock == *clock) names.insert(one.name);
  return names;
}

// What this interpreter did not run, below what it ran.
void print_skipped(const Page& page, const MeasureResult& result, const std::string& arm,
                   std::size_t width) {
  const Names measured = names_of(result);
  for (const Skipped& one : result.measurement.skipped) {
    if (one.arm != arm || !measured.contains(one.workload)) continue;
    page.item("  " + pad_right(printable(one.workload), width) + " skipped: ",
              printable(one.reason));
  }
}

// A geometric mean may hide a workload that became much slower.
void print_workloads(const Page& page, const MeasureResult& result) {
  std::size_t width = 0;
  for (const Workload& workload : result.measurement.workloads)
    width = std::max(width, display_width(printable(workload.name)));
  const Names by_wall =
      result.comparison.clock == Clock::wall ? Names() : names_of(result, Clock::wall);
  for (const ArmComparison& arm : result.comparison.arms) {
    if (is_copy(result, arm)) continue;
    page.heading(fmt::format("{} by workload ({}, {:.4g} % intervals, each on its own)",
                             printable(find_arm(result, arm.arm)->label),
                             name_of(evidence_of(result)), result.comparison.confidence * 100));
    auto workloads = arm.workloads;
    std::stable_sort(workloads.begin(), workloads.end(), [](const auto& a, const auto& b) {
      return a.speed.estimate > b.speed.estimate;
    });
    const double fastest = workloads.empty() ? 1 : std::max(1.0, workloads[0].speed.estimate);
    for (const WorkloadComparison& one : workloads) {
      if (one.blocks == 0) {
        fmt::print(page.out, "  {}  no figure: it failed, see the warnings\n",
                   pad_right(printable(one.workload), width));
        continue;
      }
      const bool slower = one.speed.high < 1;
      const bool faster = one.speed.low > 1;
      fmt::print(page.out, "  {} {} {} {} {}{}\n", pad_right(printable(one.workload), width),
                 paint(pad_left(ratio(one.speed.estimate), 7),
                       slower   ? Tone::bad
                       : faster ? Tone::good
                                : Tone::plain,
                       page.color),
                 pad_right(range(one.speed), 13), bar(one.speed.estimate / fastest, 20, page.utf8),
                 slower ? verdict_word(Verdict::slower, is_counted(result.comparison)) : "",
                 by_wall.contains(one.workload) ? " (wall time)" : "");
    }
    print_skipped(page, result, arm.arm, width);
  }
}

// What could not be compared at all: it does not run on the baseline, or on no other.
void print_skipped_by_all(const Page& page, const MeasureResult& result) {
  const auto& skipped = result.measurement.skipped;
  const Names measured = names_of(result);
  std::size_t width = 0;
  std::size_t count = 0;
  for (const Skipped& one : skipped) {
    if (measured.contains(one.workload)) continue;
    width = std::max(width, display_width(printable(one.workload)));
    ++count;
  }
  if (count == 0) return;
  page.heading("Not compared: skipped by the baseline, or by all others");
  for (const Skipped& one : skipped) {
    if (measured.contains(one.workload)) continue;
    const bool baseline = one.arm == result.comparison.baseline;
    page.item("  " + pad_right(printable(one.workload), width) + "  ",
              baseline ? printable(one.reason)
                       : fmt::format("{}: {}", printable(find_arm(result, one.arm)->label),
                                     printable(one.reason)));
  }
}

void print_all_warnings(const Page& page, const MeasureResult& result) {
  std::vector<std::string> warnings = result.comparison.warnings;
  warnings.insert(warnings.end(), result.measurement.notes.begin(), result.measurement.notes.end());
  if (warnings.empty()) return;
  page.heading(fmt::format("Warnings ({})", warnings.size()));
  for (const std::string& warning : warnings) page.item("  ! ", printable(warning));
}

}  // namespace
void print_measure(std::ostream& out, const MeasureResult& result, const ConsoleStyle& style) {
  const Page page{.out = out,
                  .color = style.color,
                  .utf8 = terminal_is_utf8(),
                  .width = static_cast<std::size_t>(std::clamp(style.width, 60, 200))};
  print_headlines(page, result);
  print_speeds(page, result);
  print_workloads(page, result);
  if (!result.throughput_cpus.empty()) print_throughput(page, result);
  print_skipped_by_all(page, result);
  print_counters(page, result.counters,
                 [&](const std::string& arm) { return find_arm(result, arm)->label; });
  print_all_warnings(page, result);
}

}  // namespace pytune
