#include "build/training_reach.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TrainingReach, IsReadFromWhatProfdataShows) {
  const auto reach = parse_training_reach(
      "The list of functions with the maximum counter less than 1:\n"
      "  a.c:never: (Max = 0 Sum = 0)\n"
      "  PyLong_AsVoidPtr: (Max = 0 Sum = 0)\n"
      "Instrumentation level: Front-end\n"
      "Total functions: 3\n"
      "Number of functions with maximum count (< 1): 2\n"
      "Number of functions with maximum count (>= 1): 1\n"
      "Maximum function count: 1\n"
      "Maximum internal block count: 0\n");
  ASSERT_TRUE(reach);
  EXPECT_EQ(reach->functions, 3U);
  EXPECT_THAT(reach->never_run, ElementsAre("a.c:never", "PyLong_AsVoidPtr"));
}

TEST(TrainingReach, IsUnknownOfAnythingElse) {
  EXPECT_FALSE(parse_training_reach(""));
  EXPECT_FALSE(parse_training_reach("llvm-profdata: Unknown command line argument\n"));
  EXPECT_FALSE(parse_training_reach("  f: (Max = 0 Sum = 0)\nTotal functions: 0\n"));
  EXPECT_FALSE(parse_training_reach("Total functions: many\n"));
  EXPECT_THAT(parse_training_reach("Total functions: 2\n")->never_run, IsEmpty());
}

}  // namespace
}  // namespace pytune
