#include "analyze/looks.h"

#include <gmock/gmock.h>

#include "analyze/statistics.h"

namespace pytune {
namespace {

TEST(Looks, LieFurtherAndFurtherApart) {
  EXPECT_EQ(rounds_at_look(1), 5);
  EXPECT_EQ(rounds_at_look(2), 8);
  EXPECT_EQ(rounds_at_look(3), 12);
  for (int k = 2; k <= 40; ++k) EXPECT_GT(rounds_at_look(k), rounds_at_look(k - 1));
  EXPECT_THROW(rounds_at_look(0), std::invalid_argument);
}

TEST(Looks, RisksOfAllLooksAddUpToTheWhole) {
  double risk = 0;
  for (int k = 1; k <= 100'000; ++k) risk += 1 - confidence_at_look(0.95, k);
  EXPECT_LE(risk, 0.05 + 1e-9);
  EXPECT_GT(risk, 0.0499);
}

// A drift-free walk looked at again and again: stopping at the first interval that leaves 0 out
// must not happen in more than 5 % of the walks, and without the correction it does.
TEST(Looks, StoppingAtTheFirstPleasingLookStaysWithinTheRisk) {
  constexpr int kWalks = 2000, kLooks = 10;
  int fooled = 0, fooled_uncorrected = 0;
  NormalDraws draw(7);
  for (int walk = 0; walk < kWalks; ++walk) {
    double sum = 0;
    int seen = 0;
    bool once = false, once_uncorrected = false;
    for (int k = 1; k <= kLooks; ++k) {
      for (; seen < rounds_at_look(k); ++seen) sum += draw();
      const double t = std::abs(sum) / std::sqrt(static_cast<double>(seen));
      once = once || t > student_t(confidence_at_look(0.95, k), 1e6);
      once_uncorrected = once_uncorrected || t > student_t(0.95, 1e6);
    }
    fooled += once ? 1 : 0;
    fooled_uncorrected += once_uncorrected ? 1 : 0;
  }
  EXPECT_LE(fooled, kWalks * 5 / 100);
  EXPECT_GT(fooled_uncorrected, kWalks * 10 / 100);
}

TEST(Race, IsLookedAtUntilItsLastRound) {
  EXPECT_THAT(looks_of_race(5), testing::ElementsAre(5));
  EXPECT_THAT(looks_of_race(3), testing::ElementsAre(3));
  EXPECT_THAT(looks_of_race(8), testing::ElementsAre(5, 8));
  EXPECT_THAT(looks_of_race(20), testing::ElementsAre(5, 8, 12, 18, 20));
}

TEST(Race, SharesItsRiskAmongItsLooks) {
  EXPECT_NEAR(confidence_of_race(0.95, 5), 0.95, 1e-12);
  EXPECT_NEAR(confidence_of_race(0.95, 20), 0.99, 1e-12);
}

}  // namespace
}  // namespace pytune
