// Arms by speed, fastest first: the table that every comparison is shown as.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/comparison.h"
#include "analyze/evidence.h"
#include "report/console.h"
#include "report/text.h"

namespace pytune {

struct SpeedRow {
  std::string name;
  std::optional<double> speed;  // nothing: not measured
  std::string interval;
  std::string verdict;
  Tone tone = Tone::plain;
  double size_bytes = 0;  // 0: not known
  double rss_bytes = 0;
  std::optional<double> build_minutes;
  std::optional<double> numeric;   // speed on bf16mm's networks
  bool marked = false;             // with a star
  std::vector<std::string> notes;  // lines under the row
};

// The row of the arm that all others are compared with.
SpeedRow baseline_row(std::string name, const Measurement& measurement, std::string_view arm);

// What the comparison says of an arm. `time_to_tell`: under a "cannot tell", how much measuring it
// would take.
void add_speed(SpeedRow& row, const ArmComparison& arm, const Comparison& comparison,
               bool with_time_to_tell);

// A verdict as a word. Counts are no speed: "fewer" and "more" then stand for faster and slower.
std::string verdict_word(Verdict verdict, bool counted);

// Whether the ratios are of instructions executed and not of time.
bool is_counted(const Comparison& comparison);

// "Builds by speed (measured, CPU time, simultaneous 95 % intervals, 5 rounds)";
// "Builds by instructions executed (counted, simultaneous 95 % intervals, 2 rounds)"
std::string speed_heading(std::string_view what, const Comparison& comparison);

// The rows of this comparison with their header, sorted; a column that no row has a figure for is
// left out.
void print_speed_table(const Page& page, std::string_view first_column,
                       const Comparison& comparison, std::vector<SpeedRow> rows);

// "The identical copy (A/A) strayed by up to 1.10 %: less than that is noise."; empty without one.
std::string noise_sentence(const Comparison& comparison);

}  // namespace pytune
