// Sampled stacks as one picture: a box per frame, as wide as the share of samples it is part of,
// under the frame that called it (Gregg, "The Flame Graph", CACM 59(6), 2016; upside down, for a
// page is read from its top).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct FlameFrame {
  long samples = 0;  // in this frame and those it called
  std::map<std::string, FlameFrame> called = {};
};

// Adds stacks seen `samples` times below `root`; frames from the outermost.
void add_stack(FlameFrame& root, const std::vector<std::string>& frames, long samples);

struct FlameGraphText {
  std::string title;
  std::string subtitle;
};

// An SVG document that needs nothing beside itself: readable as a picture; in a browser a click
// zooms and a search box marks frames. Python frames ("py::name:file") have another colour than C
// frames. Frames too narrow to be seen are left out.
std::string flame_graph_svg(const FlameFrame& root, const FlameGraphText& text);

}  // namespace pytune
