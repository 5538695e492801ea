// Results as text for a terminal.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "result/measure_result.h"
#include "result/sweep_result.h"

namespace pytune {

struct ConsoleStyle {
  bool color = false;
  int width = 100;
};

// The summary: recommendation with evidence level first, then the table of builds (speed with
// interval, verdict, size, RSS, build minutes), per-workload regressions, contributions, failed and
// dropped configurations, warnings with remedies.
void print_result(std::ostream& out, const SweepResult& result, const ConsoleStyle& style);

// Speeds with intervals and verdicts, each workload, and warnings.
void print_measure(std::ostream& out, const MeasureResult& result, const ConsoleStyle& style);

// Where a section writes and how.
struct Page {
  std::ostream& out;
  bool color = false;
  bool utf8 = false;
  std::size_t width = 100;

  void heading(std::string_view text) const;
  // `text` wrapped behind `first`, later lines indented as deep.
  void item(std::string_view first, std::string_view text) const;
};

// The sections of the summary, in the order they are printed. Each prints nothing when it has
// nothing to say.
void print_builds(const Page& page, const SweepResult& result);
void print_rebuilds(const Page& page, const SweepResult& result);
void print_networks(const Page& page, const SweepResult& result);
void print_contributions(const Page& page, const SweepResult& result);
void print_regressions(const Page& page, const SweepResult& result);
void print_failures(const Page& page, const SweepResult& result);
void print_dropped(const Page& page, const SweepResult& result);
void print_skipped(const Page& page, const SweepResult& result);
void print_warnings(const Page& page, const SweepResult& result);

}  // namespace pytune
