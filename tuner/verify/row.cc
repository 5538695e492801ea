#include "verify/row.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"

namespace pytune {
namespace {

std::size_t widest(const std::vector<GateRow>& rows, std::string GateRow::* column) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, (row.*column).size());
  return width;
}

std::string last_line(const std::vector<GateRow>& rows) {
  std::string line = fmt::format("{} passed, {} failed", count_rows(rows, GateOutcome::passed),
                                 count_rows(rows, GateOutcome::failed));
  if (const auto skipped = count_rows(rows, GateOutcome::skipped); skipped > 0)
    line += fmt::format(", {} skipped: what they would have shown is not known", skipped);
  return line + "\n";
}

}  // namespace

std::size_t count_rows(const std::vector<GateRow>& rows, GateOutcome outcome) {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const GateRow& row) { return row.outcome == outcome; }));
}

std::string gate_table(const std::vector<GateRow>& rows) {
  const std::size_t gate = widest(rows, &GateRow::gate);
  const std::size_t place = widest(rows, &GateRow::place);
  const std::size_t patch = widest(rows, &GateRow::patch);
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("{:<7}  {:<{}}  {:<{}}  {:<{}}  {}\n", to_string(row.outcome), row.gate,
                        gate, row.place, place, row.patch, patch, row.why);
    if (!row.log.empty()) text += fmt::format("{:<7}  log: {}\n", "", row.log);
  }
  return text + (rows.empty() ? "" : "\n") + last_line(rows);
}

void to_json(nlohmann::json& j, const GateRow& row) {
  j = {{"gate", row.gate},   {"place", row.place},
       {"patch", row.patch}, {"outcome", to_string(row.outcome)},
       {"why", row.why},     {"log", row.log}};
}

}  // namespace pytune
