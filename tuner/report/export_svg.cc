// A result as a picture: a row for each interpreter, with a dot at its speed and a line for the
// interval; below, the workloads of the fastest.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/export.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "report/xml.h"
#include "result/lookup.h"

namespace pytune {
namespace {

constexpr double kChartWidth = 860;
constexpr double kAxisLeft = 290;  // of the axis
constexpr double kAxisRight = 640;
constexpr double kChartRow = 24;
constexpr double kChartTop = 62;  // title and subtitle
constexpr std::size_t kLongestLabel = 40;
constexpr std::size_t kLongestHeading = 100;
constexpr std::size_t kMostTicks = 7;
// An axis wider than this shows nothing of builds that differ by percents; a longer line is cut.
constexpr double kWidestRatio = 20;

struct Mark {
  std::string label;
  Interval speed;
  Verdict verdict = Verdict::cannot_tell;
  bool known = true;  // else there is no figure
  bool thin = false;  // a workload's, or the copy's
};

struct Panel {
  std::string heading;
  std::vector<Mark> marks;
};

// Ratios on a logarithmic axis: 2x and 0.5x are as far from 1.
struct Axis {
  double low;
  double high;
  double at(double ratio) const {
    const double share = std::log(std::clamp(ratio, low, high) / low) / std::log(high / low);
    return kAxisLeft + share * (kAxisRight - kAxisLeft);
  }
};

Axis axis_of(const std::vector<Panel>& panels) {
  Axis axis{0.99, 1.01};
  for (const Panel& panel : panels)
    for (const Mark& mark : panel.marks)
      for (const double end : {mark.speed.low, mark.speed.estimate, mark.speed.high}) {
        if (!mark.known || !std::isfinite(end) || end <= 0) continue;
        const double within = std::clamp(end, 1 / kWidestRatio, kWidestRatio);
        axis.low = std::min(axis.low, within);
        axis.high = std::max(axis.high, within);
      }
  const double margin = std::pow(axis.high / axis.low, 0.04);
  return {axis.low / margin, axis.high * margin};
}

bool is_one(double ratio) { return std::abs(ratio - 1) < 1e-9; }

// Multiples of the smallest step that leaves room between their labels; and 1, the baseline.
std::vector<double> ticks_of(const Axis& axis) {
  constexpr std::array kSteps = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0};
  std::vector<double> ticks;
  for (const double step : kSteps) {
    ticks.clear();
    for (long i = std::lround(std::ceil(axis.low / step));
         static_cast<double>(i) * step <= axis.high; ++i)
      if (i > 0) ticks.push_back(static_cast<double>(i) * step);
    if (ticks.size() <= kMostTicks) break;
  }
  const bool has_one = std::any_of(ticks.begin(), ticks.end(), is_one);
  if (!has_one) ticks.push_back(1);
  return ticks;
}

const char* colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::faster:
      return "#1a7f37";
    case Verdict::slower:
      return "#cf222e";
    case Verdict::equivalent:
    case Verdict::cannot_tell:
      break;
  }
  return "#57606a";
}

std::string fitting(const std::string& text, std::size_t longest) {
  if (display_width(text) <= longest) return text;
  // The end of a path says more than its beginning.
  std::size_t begin = text.size();
  for (std::size_t shown = 0; shown < longest - 3; --begin)
    if (const auto byte = static_cast<unsigned char>(text[begin - 1]); (byte & 0xC0U) != 0x80U)
      ++shown;
  return "..." + text.substr(begin);
}

std::string row_of(const Mark& mark, const Axis& axis, double y, bool counted) {
  const double middle = y + kChartRow / 2;
  std::string text =
      fmt::format("<text x=\"16\" y=\"{:.1f}\">{}<title>{}</title></text>\n", middle + 4,
                  xml(fitting(mark.label, kLongestLabel)), xml(mark.label));
  if (!mark.known)
    return text + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"faint\">no figure</text>\n",
                              kAxisRight + 16, middle + 4);
  const char* colour = colour_of(mark.verdict);
  text += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>\n",
      axis.at(mark.speed.low), middle, axis.at(mark.speed.high), middle, colour,
      mark.thin ? "1.5" : "3");
  text += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n",
                      axis.at(mark.speed.estimate), middle, mark.thin ? "3" : "5", colour);
  text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\">{} {}</text>\n", kAxisRight + 16,
                      middle + 4, colour, ratio(mark.speed.estimate),
                      verdict_word(mark.verdict, counted));
  return text;
}

std::string grid(const Axis& axis, const Comparison& comparison, double bottom) {
  std::string text;
  if (comparison.copy_bound > 0)
    text += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"noise\">"
        "<title>as far as an identical copy strayed: noise</title></rect>\n",
        axis.at(std::exp(-comparison.copy_bound)), kChartTop,
        axis.at(std::exp(comparison.copy_bound)) - axis.at(std::exp(-comparison.copy_bound)),
        bottom - kChartTop);
  for (const double tick : ticks_of(axis))
    text += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" class=\"{3}\"/>\n"
        "<text x=\"{0:.1f}\" y=\"{4:.1f}\" class=\"tick\">{5:.4g}x</text>\n",
        axis.at(tick), kChartTop, bottom, is_one(tick) ? "one" : "grid", bottom + 16, tick);
  return text;
}

std::vector<Mark> marks_of(const MeasureResult& result, const ArmComparison& arm) {
  std::vector<Mark> marks;
  const auto known = by_workload(arm);
  for (const Workload& workload : result.measurement.workloads) {
    Mark mark{workload.name, {}, Verdict::cannot_tell, false, true};
    const auto found = known.find(workload.name);
    if (found != known.end() && found->second->blocks > 0) {
      mark.known = true;
      mark.speed = found->second->speed;
      if (mark.speed.low > 1) mark.verdict = Verdict::faster;
      if (mark.speed.high < 1) mark.verdict = Verdict::slower;
    }
    marks.push_back(mark);
  }
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    return std::pair(a.known, a.speed.estimate) > std::pair(b.known, b.speed.estimate);
  });
  return marks;
}

// The interpreters, fastest first; and the workloads of the fastest.
std::vector<Panel> panels_of(const MeasureResult& result) {
  std::vector<const ArmComparison*> arms;
  arms.reserve(result.comparison.arms.size());
  for (const ArmComparison& arm : result.comparison.arms) arms.push_back(&arm);
  std::stable_sort(arms.begin(), arms.end(), [](const ArmComparison* a, const ArmComparison* b) {
    return a->speed.estimate > b->speed.estimate;
  });
  Panel all{"", {}};
  const ArmComparison* fastest = nullptr;
  for (const ArmComparison* arm : arms) {
    const bool copy = is_copy(result, *arm);
    const bool known = std::any_of(arm->workloads.begin(), arm->workloads.end(),
                                   [](const WorkloadComparison& one) { return one.blocks > 0; });
    all.marks.push_back({find_arm(result, arm->arm)->label, arm->speed, arm->verdict, known, copy});
    if (!copy && known && fastest == nullptr) fastest = arm;
  }
  std::vector<Panel> panels = {all};
  if (fastest != nullptr && result.measurement.workloads.size() > 1)
    panels.push_back({fmt::format("{}, by workload", find_arm(result, fastest->arm)->label),
                      marks_of(result, *fastest)});
  return panels;
}

constexpr const char* kChartHead = R"SVG(<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}" role="img">
<title>{2}</title>
<style>
text {{ font: 13px system-ui, sans-serif; }}
.title {{ font-weight: 600; font-size: 15px; }}
.faint, .tick {{ fill: #57606a; }}
.tick {{ text-anchor: middle; font-size: 12px; }}
.grid {{ stroke: #d0d7de; }}
.one {{ stroke: #24292f; stroke-width: 1.5; }}
.noise {{ fill: #eaeef2; }}
</style>
<rect width="{0:.0f}" height="{1:.0f}" fill="#ffffff"/>
<text x="16" y="26" class="title">{2}</text>
<text x="16" y="46" class="faint">{3}</text>
)SVG";

}  // namespace

std::string svg_of(const MeasureResult& result) {
  const Comparison& comparison = result.comparison;
  const bool counted = is_counted(comparison);
  const std::vector<Panel> panels = panels_of(result);
  const Axis axis = axis_of(panels);
  double bottom = kChartTop;
  std::string rows;
  for (const Panel& panel : panels) {
    if (!panel.heading.empty()) {
      rows += fmt::format("<text x=\"16\" y=\"{:.1f}\" class=\"title\">{}</text>\n", bottom + 26,
                          xml(fitting(panel.heading, kLongestHeading)));
      bottom += kChartRow + 14;
    }
    for (const Mark& mark : panel.marks) {
      rows += row_of(mark, axis, bottom, counted);
      bottom += kChartRow;
    }
  }
  const std::string title =
      fmt::format("{} against {} ({})", counted ? "Instructions" : "Speed",
                  label_of(baseline_of(result).interpreter), name_of(evidence_of(result)));
  const std::string subtitle = fmt::format(
      "Dot: {}, further right is better. Line: its {:.4g} % interval. Grey band: noise.",
      counted ? "ratio of instructions" : "ratio of speeds", comparison.confidence * 100);
  return fmt::format(kChartHead, kChartWidth, bottom + 30, xml(title), xml(subtitle)) +
         grid(axis, comparison, bottom) + rows + "</svg>\n";
}

}  // namespace pytune
