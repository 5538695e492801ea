#include "report/text.h"

#include <gtest/gtest.h>

#include "analyze/statistics.h"

namespace pytune {
namespace {

TEST(Text, RangeHasThreeDecimals) { EXPECT_EQ(range({1.3, 1.29, 1.3304}), "1.290-1.330"); }

TEST(Text, RangeOfWhatWasMeasuredOnceIsNotKnown) {
  EXPECT_EQ(range(interval_of_log(0.15, kUnknownLog)), "not known");
  EXPECT_EQ(range(interval_of_log(-0.15, 1e6)), "not known");
  EXPECT_EQ(interval_words(interval_of_log(0, kUnknownLog), 0.95), "95 % interval not known");
}

TEST(Text, AVeryWideRangeIsStillOne) { EXPECT_EQ(range(interval_of_log(0, 4.5)), "0.011-90.017"); }

}  // namespace
}  // namespace pytune
