#include "report/counter_table.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <vector>

#include "input/text.h"
#include "report/text.h"

namespace pytune {
namespace {

constexpr std::size_t kColumnWidth = 8;
constexpr std::size_t kLongestName = 24;

struct Column {
  const char* title;
  std::array<const char*, 2> events;  // on Neoverse, elsewhere
};

constexpr std::array<Column, 8> kColumns = {{{"br.miss", {"BR_MIS_PRED_RETIRED", "branch-misses"}},
                                             {"L1I", {"L1I_CACHE_REFILL", "L1-icache-load-misses"}},
                                             {"L1ITLB", {"L1I_TLB_REFILL", ""}},
                                             {"ITLB", {"ITLB_WALK", "iTLB-load-misses"}},
                                             {"L1D", {"L1D_CACHE_REFILL", "L1-dcache-load-misses"}},
                                             {"L2D", {"L2D_CACHE_REFILL", ""}},
                                             {"LL", {"LL_CACHE_MISS_RD", "LLC-load-misses"}},
                                             {"DTLB", {"DTLB_WALK", "dTLB-load-misses"}}}};

const EventRate* figure(const ArmCounters& arm, const Column& column) {
  for (const char* event : column.events)
    if (const EventRate* rate = rate_of(arm, event)) return rate;
  return nullptr;
}

const EventRate* instructions_figure(const ArmCounters& arm) {
  const EventRate* rate = rate_of(arm, kArmInstructions);
  return rate != nullptr ? rate : rate_of(arm, kGenericInstructions);
}

const EventRate* cycles_figure(const ArmCounters& arm) {
  const EventRate* rate = rate_of(arm, kArmCycles);
  return rate != nullptr ? rate : rate_of(arm, kGenericCycles);
}

bool scaled(const EventRate* rate) { return rate != nullptr && rate->total.running < 100; }

// Three figures are what such rates are good for.
std::string short_number(double value) {
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string cell(const std::string& text, bool marked) {
  return pad_left(text + (marked ? "~" : ""), kColumnWidth);
}

std::vector<Column> known_columns(const CounterComparison& counters) {
  std::vector<Column> known;
  for (const Column& column : kColumns) {
    const bool any = std::any_of(counters.arms.begin(), counters.arms.end(),
                                 [&](const auto& arm) { return figure(arm, column) != nullptr; });
    if (any) known.push_back(column);
  }
  return known;
}

// The label before the figures; one that is too long has a line of its own above them.
void print_name(const Page& page, const std::string& name, std::size_t width) {
  const bool fits = display_width(name) <= width;
  if (!fits) fmt::print(page.out, "  {}\n", name);
  fmt::print(page.out, "  {}", pad_right(fits ? name : "", width));
}

void print_rates(const Page& page, const ArmCounters& arm, const std::vector<Column>& columns,
                 const std::string& name, std::size_t width) {
  const bool unsure = scaled(instructions_figure(arm));
  print_name(page, name, width);
  fmt::print(
      page.out, "{}{}",
      cell(arm.instructions ? fmt::format("{:.3f}x", *arm.instructions) : "-", unsure),
      cell(arm.ipc ? fmt::format("{:.2f}", *arm.ipc) : "-", unsure || scaled(cycles_figure(arm))));
  for (const Column& column : columns) {
    const EventRate* rate = figure(arm, column);
    fmt::print(page.out, "{}",
               cell(rate == nullptr ? "-" : short_number(rate->per_1000),
                    rate != nullptr && (unsure || scaled(rate))));
  }
  fmt::print(page.out, "\n");
}

bool any_scaled(const CounterComparison& counters) {
  return std::any_of(counters.arms.begin(), counters.arms.end(), [](const ArmCounters& arm) {
    return std::any_of(arm.rates.begin(), arm.rates.end(),
                       [](const EventRate& rate) { return rate.total.running < 100; });
  });
}

void print_top_down(const Page& page, const CounterComparison& counters,
                    const std::vector<std::string>& names, std::size_t width) {
  const auto first = std::find_if(counters.arms.begin(), counters.arms.end(),
                                  [](const auto& arm) { return arm.top_down.has_value(); });
  if (first == counters.arms.end()) return;
  const TopDown& example = *first->top_down;
  page.heading(fmt::format("Top-down, level 1 (measured, formulas: {})", example.formulas));
  for (std::size_t i = 0; i < counters.arms.size(); ++i) {
    if (!counters.arms[i].top_down) continue;
    std::string line;
    for (const auto& share : counters.arms[i].top_down->shares)
      line += fmt::format("  {} {:.1f} %", share.name, share.value * 100);
    print_name(page, names[i], width);
    fmt::print(page.out, "{}\n", line);
  }
  if (!example.caveat.empty()) page.item("  ", example.caveat + ".");
}

}  // namespace

void print_counters(const Page& page, const CounterComparison& counters,
                    const std::function<std::string(const std::string& arm)>& label) {
  if (counters.arms.empty()) return;
  page.heading(fmt::format("Hardware counters (measured, {}, {} workload{}, user space)",
                           core_name(counters.core), counters.workloads.size(),
                           counters.workloads.size() == 1 ? "" : "s"));
  std::size_t width = 12;
  std::vector<std::string> names;
  names.reserve(counters.arms.size());
  for (const ArmCounters& arm : counters.arms) {
    names.push_back(printable(label(arm.arm)));
    if (display_width(names.back()) <= kLongestName)
      width = std::max(width, display_width(names.back()));
  }
  const auto columns = known_columns(counters);
  fmt::print(page.out, "  {}{}{}", pad_right("interpreter", width),
             pad_left("instr.", kColumnWidth), pad_left("IPC", kColumnWidth));
  for (const Column& column : columns)
    fmt::print(page.out, "{}", pad_left(column.title, kColumnWidth));
  fmt::print(page.out, "\n");
  for (std::size_t i = 0; i < counters.arms.size(); ++i)
    print_rates(page, counters.arms[i], columns, names[i], width);
  page.item("  ",
            fmt::format("instr.: instructions against the baseline's. IPC: instructions per cycle. "
                        "The others: misses per 1000 instructions. Of the timed loops "
                        "alone, in processes apart from those whose time was taken.{}",
                        any_scaled(counters) ? " ~: there were fewer counters than events, so perf "
                                               "has extrapolated it (multiplexing)."
                                             : ""));
  print_top_down(page, counters, names, width);
}

}  // namespace pytune
