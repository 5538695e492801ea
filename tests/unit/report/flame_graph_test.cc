#include "report/flame_graph.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::HasSubstr;
using testing::Not;

StackTree flames() {
  StackTree root;
  add_stack(root, {"work", "main", "py::run:/srv/app.py", "long_add"}, 3);
  add_stack(root, {"work", "main", "[libz.so.1]"}, 1);
  return root;
}

std::string svg(const StackTree& root) { return flame_graph_svg(root, {"title", "subtitle"}); }

// What stands from `from` to the end of its line.
std::string line_with(const std::string& text, const std::string& what) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) return "";
  const std::size_t start = text.rfind('\n', at) + 1;
  return text.substr(start, text.find('\n', at) - start);
}

TEST(FlameGraph, CountsAFrameWithAllItCalled) {
  const StackTree root = flames();
  EXPECT_EQ(root.samples, 4);
  EXPECT_EQ(root.called.at("work").called.at("main").samples, 4);
  EXPECT_EQ(root.called.at("work").called.at("main").called.at("[libz.so.1]").samples, 1);
}

TEST(FlameGraph, TitlesEveryFrameWithItsShare) {
  const std::string text = svg(flames());
  EXPECT_THAT(text, HasSubstr("<title>all (4 samples, 100.00 %)</title>"));
  EXPECT_THAT(text, HasSubstr("<title>py::run:/srv/app.py (3 samples, 75.00 %)</title>"));
  EXPECT_THAT(text, HasSubstr("<title>[libz.so.1] (1 samples, 25.00 %)</title>"));
}

TEST(FlameGraph, DrawsBoxesAsWideAsTheirShareSideBySide) {
  const std::string text = svg(flames());
  EXPECT_THAT(line_with(text, "<title>[libz.so.1]"),
              HasSubstr("x=\"10.00\" y=\"117\" width=\"295.00\""));
  EXPECT_THAT(line_with(text, "<title>py::run"), HasSubstr("x=\"305.00\""));
  EXPECT_THAT(line_with(text, "<title>py::run"), HasSubstr("width=\"885.00\""));
}

TEST(FlameGraph, ColoursPythonFramesApart) {
  const std::string text = svg(flames());
  EXPECT_THAT(line_with(text, "<title>py::run"), HasSubstr("fill=\"hsl(211,"));
  EXPECT_THAT(line_with(text, "<title>long_add"), Not(HasSubstr("fill=\"hsl(211,")));
  EXPECT_THAT(line_with(text, "<title>py::run"), HasSubstr(">run (app.py)</text>"));
}

TEST(FlameGraph, EscapesNames) {
  StackTree root;
  add_stack(root, {"w", "x", "</title><script>alert(\"1\")&\x01\xff]]>"}, 1);
  const std::string text = svg(root);
  EXPECT_THAT(text, HasSubstr("&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&amp;"));
  EXPECT_THAT(text, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(text.find('\x01'), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

TEST(FlameGraph, LeavesOutWhatCannotBeSeen) {
  StackTree root;
  add_stack(root, {"w", "big"}, 1'000'000);
  add_stack(root, {"w", "small"}, 1);
  EXPECT_THAT(svg(root), HasSubstr("<title>big "));
  EXPECT_THAT(svg(root), Not(HasSubstr("<title>small ")));
}

TEST(FlameGraph, NeedsNothingBesideItself) {
  std::string text = svg(flames());
  // The names of two formats are no places that anything is fetched from.
  for (const char* name : {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}) {
    const std::size_t at = text.find(name);
    ASSERT_NE(at, std::string::npos);
    text.erase(at, std::string(name).size());
  }
  EXPECT_THAT(text, Not(HasSubstr("http")));
  EXPECT_THAT(text, Not(HasSubstr("src=")));
  EXPECT_THAT(text, HasSubstr("id=\"search\""));
}

TEST(FlameGraph, OfNothingIsNothing) { EXPECT_EQ(svg({}), ""); }

}  // namespace
}  // namespace pytune
