#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "report/export.h"
#include "report/text.h"

namespace pytune {
namespace {

// RFC 4180, section 2: quotes around what holds a comma, a quote or a line break; quotes doubled.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
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
  for (const Workload& workload : result.measurement.workloads) {
    const auto found =
        std::find_if(arm.workloads.begin(), arm.workloads.end(),
                     [&](const WorkloadComparison& one) { return one.workload == workload.name; });
    const WorkloadComparison none;
    const WorkloadComparison& one = found == arm.workloads.end() ? none : *found;
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
