// What a gate said of a patch, and all of it as one table.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace pytune {

// `skipped`: not looked at, and so no evidence of anything; `why` then says what to do about it.
enum class GateOutcome { passed, failed, skipped };
constexpr const char* to_string(GateOutcome outcome) {
  return outcome == GateOutcome::passed   ? "passed"
         : outcome == GateOutcome::failed ? "failed"
                                          : "skipped";
}

inline constexpr const char* kSeriesRow = "series";  // GateRow::patch of all patches together

struct GateRow {
  std::string gate;   // "applies", "builds", ...
  std::string place;  // "gcc-12", "gcc-12 for neoverse-n1"; empty: the gate runs nothing
  std::string patch;  // its name, or kSeriesRow
  GateOutcome outcome = GateOutcome::passed;
  std::string why;  // one line
  std::string log;  // a file; empty: there is none
};

std::size_t count_rows(const std::vector<GateRow>& rows, GateOutcome outcome);

// One line for each row, its log below it, and a last line that counts the outcomes.
std::string gate_table(const std::vector<GateRow>& rows);

void to_json(nlohmann::json& j, const GateRow& row);

}  // namespace pytune
