#include "sys/duration.h"

#include <gtest/gtest.h>

namespace pytune {
namespace {

TEST(DurationText, PicksTheUnit) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(0.5), "30 s");
  EXPECT_EQ(duration_text(59.4 / 60), "59 s");
  EXPECT_EQ(duration_text(59.6 / 60), "1 min 00 s");
  EXPECT_EQ(duration_text(3 + 20.0 / 60), "3 min 20 s");
  EXPECT_EQ(duration_text(59.999), "1 h 00 min");
  EXPECT_EQ(duration_text(65), "1 h 05 min");
  EXPECT_EQ(duration_text(30 * 60), "30 h 00 min");
}

}  // namespace
}  // namespace pytune
