// Sampled stacks as one picture: a box per frame, as wide as the share of samples it is part of,
// under the frame that called it (Gregg, "The Flame Graph", CACM 59(6), 2016; upside down, for a
// page is read from its top).
#pragma once

#include <string>

#include "perf/stack_tree.h"

namespace pytune {

struct FlameGraphText {
  std::string title;
  std::string subtitle;
};

// An SVG document that needs nothing beside itself: readable as a picture; in a browser a click
// zooms and a search box marks frames. Python frames ("py::name:file") have another colour than C
// frames. Frames too narrow to be seen are left out.
std::string flame_graph_svg(const StackTree& root, const FlameGraphText& text);

}  // namespace pytune
