#include "verify/row.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::EndsWith;

const GateRow kGood{"applies", "", "0001-first", GateOutcome::passed, "2 hunks", ""};
const GateRow kBad{"builds",         "gcc-12 for neoverse-n1",  "series", GateOutcome::failed,
                   "compiler-crash", "/store/compile/1/log.txt"};

TEST(GateTable, HasALineForEachRowAndItsLogBelow) {
  EXPECT_EQ(gate_table({kGood, kBad}),
            "passed   applies                          0001-first  2 hunks\n"
            "failed   builds   gcc-12 for neoverse-n1  series      compiler-crash\n"
            "         log: /store/compile/1/log.txt\n"
            "\n"
            "1 passed, 1 failed\n");
}

TEST(GateTable, TellsOfWhatWasSkippedInItsLastLine) {
  GateRow skipped = kGood;
  skipped.outcome = GateOutcome::skipped;
  EXPECT_THAT(
      gate_table({kGood, skipped}),
      EndsWith("\n1 passed, 0 failed, 1 skipped: what they would have shown is not known\n"));
}

TEST(GateTable, OfNothingHasItsLastLineOnly) { EXPECT_EQ(gate_table({}), "0 passed, 0 failed\n"); }

TEST(GateRows, AreCountedByOutcome) {
  EXPECT_EQ(count_rows({kGood, kBad, kGood}, GateOutcome::passed), 2U);
  EXPECT_EQ(count_rows({kGood, kBad, kGood}, GateOutcome::skipped), 0U);
}

TEST(GateRows, HaveEverythingInJson) {
  const nlohmann::json j = kBad;
  EXPECT_EQ(j, nlohmann::json({{"gate", "builds"},
                               {"place", "gcc-12 for neoverse-n1"},
                               {"patch", "series"},
                               {"outcome", "failed"},
                               {"why", "compiler-crash"},
                               {"log", "/store/compile/1/log.txt"}}));
}

}  // namespace
}  // namespace pytune
