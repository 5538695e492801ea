#include "build/description.h"

#include <gtest/gtest.h>

namespace pytune {
namespace {

Build example() {
  Build build;
  build.name = "pgo";
  build.commands = {{"compile", "$WORK/build", "make", 160}};
  build.unprofiled_functions = {"frame_setlineno"};
  build.build_seconds = 213;
  return build;
}

// A package's manifest holds it, and two packages of one build are the same bytes.
TEST(DescribedFields, HoldNoTimes) {
  Build slower = example();
  slower.commands[0].seconds = 900;
  slower.build_seconds = 1000;
  EXPECT_EQ(described_fields(example()), described_fields(slower));
}

TEST(DescribedFields, NameWhatWasOptimizedWithoutItsProfile) {
  EXPECT_EQ(described_fields(example()).at("unprofiled_functions").at(0), "frame_setlineno");
}

TEST(DescribedFields, SayHowFarTheTrainingGotWhereThatIsKnown) {
  EXPECT_FALSE(described_fields(example()).contains("training_reach"));
  Build reached = example();
  reached.counted_functions = 9;
  reached.never_run_functions = 4;
  EXPECT_EQ(described_fields(reached).at("training_reach").at("never_run"), 4);
}

TEST(DescribedFields, TellBuildsOfOtherCommandsApart) {
  Build other = example();
  other.commands[0].line = "make -j2";
  EXPECT_NE(described_fields(example()), described_fields(other));
}

}  // namespace
}  // namespace pytune
