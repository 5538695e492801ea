#include "perf/script.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::string sample(const std::string& frames, const std::string& head = "python3  5409 ") {
  return head + "\n" + frames + "\n";
}

const std::string kWhole =
    "\t          101d39 long_add (/usr/bin/python3.11)\n"
    "\t              85 py::work (fast):/srv/my app.py (/tmp/jitted-5628-205.so)\n"
    "\t           27249 __libc_start_call_main (/usr/lib/libc.so.6)\n"
    "\t            1080 _start (/usr/bin/python3.11)\n";

TEST(PerfScript, TurnsStacksAroundAndCountsEqualOnes) {
  const auto result = parse_perf_script(sample(kWhole) + sample(kWhole, "my prog  12 "));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.samples, 2);
  EXPECT_EQ(result.whole, 2);
  EXPECT_THAT(result.pids, UnorderedElementsAre(5409, 12));
  EXPECT_THAT(result.stacks,
              ElementsAre(Pair(ElementsAre("_start", "__libc_start_call_main",
                                           "py::work (fast):/srv/my app.py", "long_add"),
                               2)));
}

TEST(PerfScript, NamesFramesWithoutASymbolByTheirFile) {
  const auto result = parse_perf_script(
      sample("\t 5f5f [unknown] ([unknown])\n\t 10 [unknown] (/usr/lib/libz.so.1)\n"
             "\t ffff operator new(unsigned long) (/usr/lib/libstdc++.so.6)\n"));
  EXPECT_THAT(
      result.stacks,
      ElementsAre(Pair(ElementsAre("operator new(unsigned long)", "[libz.so.1]", "[unknown]"), 1)));
}

TEST(PerfScript, KnowsStacksThatWereCutOff) {
  const auto result = parse_perf_script(
      sample("\t 1 long_add (/usr/bin/python3)\n\t 2 [unknown] ([unknown])\n") + sample(kWhole));
  EXPECT_EQ(result.samples, 2);
  EXPECT_EQ(result.whole, 1);
  // A thread's beginning, with a version behind it; but not one in the middle of the stack.
  EXPECT_TRUE(stack_is_whole({"__libc_start_main@@GLIBC_2.34", "f"}));
  EXPECT_TRUE(stack_is_whole({"clone3", "start_thread"}));
  EXPECT_FALSE(stack_is_whole({"a", "b", "c", "d", "main"}));
}

TEST(PerfScript, ReadsASampleWithoutFramesAsNone) {
  EXPECT_EQ(parse_perf_script("python3  1 \n\n" + sample(kWhole)).samples, 1);
}

TEST(PerfScript, ToleratesALastLineThatBreaksOff) {
  const auto result = parse_perf_script(sample(kWhole) + "python3  1 \n\t  101d");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.samples, 1);
}

TEST(PerfScript, KeepsNamesToOneLineOfUtf8) {
  const auto result = parse_perf_script(sample("\t 1 a\x1b[31m\xff\x01z (/x)\n"));
  EXPECT_THAT(result.stacks, ElementsAre(Pair(ElementsAre("a [31m\\xff z"), 1)));
  const auto wide = parse_perf_script(sample("\t 1 " + std::string(5000, 'n') + " (/x)\n"));
  EXPECT_THAT(wide.stacks.begin()->first.front(), SizeIs(testing::Le(300)));
}

TEST(PerfScript, BoundsTheDepth) {
  std::string frames;
  for (int i = 0; i < 2000; ++i) frames += "\t 1 f (/x)\n";
  const auto result = parse_perf_script(sample(frames));
  EXPECT_THAT(result.stacks.begin()->first, SizeIs(kDeepestStack));
}

TEST(PerfScript, RefusesWhatPerfWouldNotWrite) {
  for (const char* text : {"no number at all\n", "\t 1 f (/x)\n", "python3  1 \n\tzz f (/x)\n",
                           "python3  1 \n\t 12\n", "python3  1 \n\t 12 f\n", "python3  -4 \n",
                           "python3  99999999999 \n", "python3  1 \n\t\n"}) {
    const auto result = parse_perf_script(text);
    EXPECT_THAT(result.error, StartsWith("perf script's output, line ")) << text;
    EXPECT_THAT(result.stacks, SizeIs(0));
  }
  // For what the processes left behind is to be found.
  EXPECT_THAT(parse_perf_script(sample(kWhole) + "nonsense\n").pids, ElementsAre(5409));
  EXPECT_THAT(parse_perf_script("").error, HasSubstr("no samples"));
}

}  // namespace
}  // namespace pytune
