// The table of builds, fastest first.
#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "report/console.h"
#include "report/sentences.h"
#include "report/speed_table.h"
#include "result/lookup.h"

namespace pytune {
namespace {

// What the race says of this arm, and the fresh rounds, where it was in them.
void add_figures(SpeedRow& row, const SweepResult& result, const ArmComparison& arm,
                 Arm::Role role) {
  // More rounds are of use for a build only; for the other two the bare verdict is enough.
  add_speed(row, arm, result.race, /*with_time_to_tell=*/role == Arm::Role::candidate);
  if (result.confirm && role == Arm::Role::candidate)
    if (const auto* again = find_comparison(*result.confirm, arm.arm))
      row.notes.push_back(
          fmt::format("fresh rounds {} {}", ratio(again->speed.estimate), range(again->speed)));
}

// The same of bf16mm's networks; a line under the row where the build does move them.
void add_numeric(SpeedRow& row, const SweepResult& result, const std::string& arm) {
  if (!result.numeric) return;
  const Comparison& comparison = result.numeric->comparison;
  if (arm == comparison.baseline) row.numeric = 1;
  const auto* figure = find_comparison(comparison, arm);
  // Without a common workload there is a row and no figure.
  if (figure == nullptr || figure->workloads.empty()) return;
  row.numeric = figure->speed.estimate;
  if (figure->verdict == Verdict::faster || figure->verdict == Verdict::slower)
    row.notes.push_back(fmt::format("numeric {} {} {}", ratio(figure->speed.estimate),
                                    range(figure->speed),
                                    verdict_word(figure->verdict, is_counted(comparison))));
}

SpeedRow build_row(const SweepResult& result, const Build& build) {
  const std::string name = build_name(result, build);
  SpeedRow row;
  if (build.id == result.baseline_build) {
    row = baseline_row(name == "baseline" ? name : name + " (baseline)", result.measurement,
                       build.id);
  } else if (const auto* arm = find_comparison(result.race, build.id)) {
    row.name = name;
    add_figures(row, result, *arm, Arm::Role::candidate);
  } else {
    row.name = name;
    row.verdict = "no figure";
    row.notes.emplace_back("was not measured to the end");
  }
  add_numeric(row, result, build.id);
  row.size_bytes = static_cast<double>(build.interpreter_bytes);
  row.build_minutes = build.build_seconds / 60;
  row.marked = result.recommendation.significant && result.recommendation.arm == build.id;
  return row;
}

std::vector<SpeedRow> table_rows(const SweepResult& result) {
  std::vector<SpeedRow> rows;
  for (const Build& build : result.builds)
    if (build.ok()) rows.push_back(build_row(result, build));
  for (const Arm& arm : result.measurement.arms) {
    if (arm.role != Arm::Role::copy && arm.role != Arm::Role::reference) continue;
    const auto* comparison = find_comparison(result.race, arm.id);
    if (comparison == nullptr) continue;
    SpeedRow row;
    row.name = arm.role == Arm::Role::copy    ? "baseline again (A/A)"
               : result.system_python.empty() ? arm_label(result, arm.id)
                                              : printable(result.system_python);
    add_figures(row, result, *comparison, arm.role);
    add_numeric(row, result, arm.id);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void print_builds(const Page& page, const SweepResult& result) {
  const std::vector<SpeedRow> rows = table_rows(result);
  if (rows.empty()) return;
  page.heading(speed_heading("Builds", result.race));
  print_speed_table(page, "build", result.race, rows);
  const bool any_recommended =
      std::any_of(rows.begin(), rows.end(), [](const SpeedRow& row) { return row.marked; });
  const std::string noise = noise_sentence(result.race);
  page.item(
      "  ",
      fmt::format(
          "{}{}size: interpreter and libpython; RSS: median peak; min: minutes to build.{}{}",
          any_recommended ? "*: recommended; " : "",
          result.numeric ? "numeric: on matrix products of networks, by pytune's bf16mm; " : "",
          noise.empty() ? "" : " ", noise));
}

}  // namespace pytune
