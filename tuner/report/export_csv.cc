#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "input/text.h"
#include "report/export.h"
#include "report/text.h"
#include "result/lookup.h"

namespace pytune {
namespace {

// What begins so, spreadsheets take for a formula and evaluate; the last four are the full-width
// forms of the first.
constexpr std::array<std::string_view, 8> kFormulas = {"=",      "+",      "-",      "@",
                                                       "\uff1d", "\uff0b", "\uff0d", "\uff20"};

// RFC 4180, section 2: quotes around what holds a comma, a quote or a line break; quotes doubled.
// Also around what other separators are in spreadsheets of other languages. A single quote before
// the text has a spreadsheet take it for text.
std::string cell(std::string_view raw) {
  const bool formula = std::any_of(kFormulas.begin(), kFormulas.end(),
                                   [&](std::string_view start) { return raw.starts_with(start); });
  std::string text = (formula ? "'" : "") + std::string(raw);
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string speed_cells(const Interval& speed, int blocks) {
  if (blocks == 0) return ",,";
  return fmt::format("{:.6g},{:.6g},{:.6g}", speed.estimate, speed.low, speed.high);
}

// What all rows of one result begin or end with.
struct Frame {
  std::string interpreter;
  std::string baseline;
  double confidence;
  std::string end;  // evidence and clock
};

struct Row {
  std::string_view workload;
  Interval speed;
  int blocks;
  std::string_view interval;  // what it holds for
  std::string_view verdict;
};

std::string text_of(const Frame& frame, const Row& row) {
  return fmt::format("{},{},{},{},{:.4g},{},{},{},{}\n", frame.interpreter, frame.baseline,
                     cell(row.workload), speed_cells(row.speed, row.blocks), frame.confidence,
                     row.interval, row.blocks == 0 ? "no figure" : row.verdict, row.blocks,
                     frame.end);
}

std::string rows_of(const MeasureResult& result, const ArmComparison& arm, const Frame& frame) {
  int blocks = 0;
  for (const WorkloadComparison& one : arm.workloads) blocks += one.blocks;
  // A name with a blank is no workload's of ours.
  std::string text =
      text_of(frame, {"geometric mean", arm.speed, blocks, "simultaneous", name_of(arm.verdict)});
  const auto known = by_workload(arm);
  const WorkloadComparison none;
  for (const Workload& workload : result.measurement.workloads) {
    const auto found = known.find(workload.name);
    const WorkloadComparison& one = found == known.end() ? none : *found->second;
    const std::string name = printable(workload.name);
    text += text_of(frame, {name, one.speed, one.blocks, "own", word_of(one.speed)});
  }
  return text;
}

}  // namespace

std::string csv_of(const MeasureResult& result) {
  std::string text =
      "interpreter,baseline,workload,speed,low,high,confidence,interval,verdict,blocks,evidence,"
      "clock\n";
  const std::string baseline = cell(printable(label_of(baseline_of(result).interpreter)));
  const std::string end =
      fmt::format("{},{}", name_of(evidence_of(result)), name_of(result.comparison.clock));
  for (const ArmComparison& arm : result.comparison.arms)
    text += rows_of(result, arm,
                    {cell(printable(find_arm(result, arm.arm)->label)), baseline,
                     result.comparison.confidence, end});
  return text;
}

}  // namespace pytune
