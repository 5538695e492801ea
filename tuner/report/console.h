// The sections of the console summary, in the order they are printed. Each prints nothing when it
// has nothing to say.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "report/result.h"

namespace pytune {

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
