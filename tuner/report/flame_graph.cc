#include "report/flame_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "input/text.h"
#include "report/flame_graph_script.h"
#include "report/text.h"
#include "report/xml.h"

namespace pytune {
namespace {

constexpr double kPageWidth = 1200;
constexpr double kMargin = 10;
constexpr double kRow = 17;
constexpr double kTop = 66;  // title, subtitle, search box
constexpr double kBottom = 14;
constexpr double kNarrowestFrame = 0.5;  // pixels
constexpr double kLetter = 6.6;          // width of a letter of 11 px in a monospaced font
constexpr double kFullWidth = kPageWidth - 2 * kMargin;

// "name (file.py)" for CPython's "py::name:/path/file.py".
std::string short_name(std::string_view frame) {
  if (!frame.starts_with("py::")) return std::string(frame);
  frame.remove_prefix(4);
  const std::size_t colon = frame.find(':');
  if (colon == std::string_view::npos) return std::string(frame);
  const std::string_view file = frame.substr(colon + 1);
  return fmt::format("{} ({})", frame.substr(0, colon), file.substr(file.rfind('/') + 1));
}

// Cut to what fits into `width`; empty when not even three letters do.
std::string label(const std::string& name, double width) {
  const auto letters = static_cast<std::size_t>(std::max(0.0, (width - 6) / kLetter));
  if (letters < 3) return "";
  if (display_width(name) <= letters) return name;
  std::string cut;
  std::size_t shown = 0;
  for (const char c : name) {
    const bool starts = (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U;  // not inside a character
    if (starts && ++shown > letters - 2) break;
    cut += c;
  }
  return cut + "..";
}

// Neighbours differ, and one name is the same everywhere (FNV-1a).
unsigned shade(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return hash % 40;
}

std::string colour(std::string_view name, int depth) {
  const unsigned by_name = shade(name);
  if (depth < 2) return "hsl(0,0%,82%)";  // all, and the workload
  if (name.starts_with("py::")) return fmt::format("hsl(211,62%,{}%)", 62 + by_name / 3);
  if (name.starts_with('[')) return fmt::format("hsl(0,0%,{}%)", 70 + by_name / 4);
  return fmt::format("hsl({},82%,{}%)", 24 + by_name / 2, 62 + by_name / 4);
}

int depth_of(const StackTree& frame, double pixels_per_sample) {
  int depth = 0;
  for (const auto& [name, child] : frame.called)
    if (static_cast<double>(child.samples) * pixels_per_sample >= kNarrowestFrame)
      depth = std::max(depth, depth_of(child, pixels_per_sample));
  return depth + 1;
}

class Drawing {
 public:
  explicit Drawing(const StackTree& root)
      : total_(root.samples), scale_(kFullWidth / static_cast<double>(total_)) {}

  void draw(const std::string& name, const StackTree& frame, double left, int depth) {
    const double width = static_cast<double>(frame.samples) * scale_;
    if (width < kNarrowestFrame) return;
    const double y = kTop + depth * kRow;
    const std::string shown = short_name(name);
    fmt::format_to(std::back_inserter(body_),
                   "<g class=\"f\" data-n=\"{}\"><title>{} ({} samples, {:.2f} %)</title>"
                   "<rect x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\" "
                   "fill=\"{}\"/><text x=\"{:.2f}\" y=\"{:.0f}\">{}</text></g>\n",
                   xml(shown), xml(name), frame.samples,
                   100 * static_cast<double>(frame.samples) / static_cast<double>(total_), left, y,
                   width, kRow - 1, colour(name, depth), left + 3, y + 12,
                   xml(label(shown, width)));
    for (const auto& [child_name, child] : frame.called) {
      draw(child_name, child, left, depth + 1);
      left += static_cast<double>(child.samples) * scale_;
    }
  }

  const std::string& body() const { return body_; }

 private:
  long total_;
  double scale_;
  std::string body_;
};

constexpr const char* kHead = R"SVG(<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}">
<style>
text {{ font: 11px monospace; fill: #111; pointer-events: none; white-space: pre; }}
.title {{ font: bold 15px sans-serif; }}
.sub {{ font: 12px sans-serif; fill: #555; }}
.f {{ cursor: pointer; }}
.f:hover rect {{ stroke: #111; stroke-width: 1; }}
.f.found rect {{ fill: #c2359a; }}
.f.found text {{ fill: #fff; }}
.f.caller {{ opacity: 0.5; }}
.f.gone {{ display: none; }}
input {{ font: 12px sans-serif; width: 210px; }}
</style>
<rect width="{0:.0f}" height="{1:.0f}" fill="#fff"/>
<text class="title" x="{2:.0f}" y="22">{3}</text>
<text class="sub" x="{2:.0f}" y="40">{4}</text>
<text class="sub" x="{2:.0f}" y="56" id="said">Click a frame to zoom in, the topmost to zoom out. Blue: Python frames; orange: C frames; grey: no symbol.</text>
<foreignObject x="{5:.0f}" y="6" width="220" height="26"><input xmlns="http://www.w3.org/1999/xhtml" id="search" type="search" placeholder="search (a regular expression)"/></foreignObject>
)SVG";

}  // namespace

std::string flame_graph_svg(const StackTree& root, const FlameGraphText& text) {
  if (root.samples <= 0) return "";
  const int depth = depth_of(root, kFullWidth / static_cast<double>(root.samples));
  const double height = kTop + depth * kRow + kBottom;
  Drawing drawing(root);
  drawing.draw("all", root, kMargin, 0);
  return fmt::format(kHead, kPageWidth, height, kMargin, xml(text.title), xml(text.subtitle),
                     kPageWidth - kMargin - 220) +
         "<g id=\"frames\">\n" + drawing.body() + "</g>\n<script><![CDATA[\n" + kFlameGraphScript +
         "]]></script>\n</svg>\n";
}

}  // namespace pytune
