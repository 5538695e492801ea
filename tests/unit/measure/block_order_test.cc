#include "measure/block_order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "measure/seeded_random.h"

namespace pytune {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

std::vector<std::size_t> counting(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

TEST(BlockOrder, IsAPermutationOfTheArms) {
  for (std::size_t arms = 1; arms <= 12; ++arms) {
    EXPECT_THAT(block_order(arms, 7, "nbody", 1), UnorderedElementsAreArray(counting(arms)));
  }
  EXPECT_THAT(block_order(0, 0, "nbody", 1), IsEmpty());
}

TEST(BlockOrder, GivesEveryArmEveryPositionOnceInAnyRunOfAsManyRounds) {
  for (std::size_t arms = 1; arms <= 9; ++arms) {
    for (int start : {0, 1, 5}) {
      std::set<std::pair<std::size_t, std::size_t>> held;
      for (std::size_t i = 0; i < arms; ++i) {
        const auto order = block_order(arms, start + static_cast<int>(i), "nbody", 3);
        for (std::size_t place = 0; place < arms; ++place) {
          held.insert({order[place], place});
        }
      }
      EXPECT_EQ(held.size(), arms * arms) << arms << " arms from round " << start;
    }
  }
}

TEST(BlockOrder, LetsEveryArmFollowEveryOtherEquallyOftenWhenTheirNumberIsEven) {
  for (const std::size_t arms : {2U, 4U, 6U, 10U}) {
    std::map<std::pair<std::size_t, std::size_t>, int> followed;
    for (std::size_t round = 0; round < arms; ++round) {
      const auto order = block_order(arms, static_cast<int>(round), "nbody", 3);
      for (std::size_t place = 1; place < arms; ++place) {
        ++followed[{order[place - 1], order[place]}];
      }
    }
    EXPECT_EQ(followed.size(), arms * (arms - 1));
  }
}

TEST(BlockOrder, DependsOnSeedAndWorkload) {
  EXPECT_EQ(block_order(8, 0, "nbody", 1), block_order(8, 0, "nbody", 1));
  EXPECT_NE(block_order(8, 0, "nbody", 1), block_order(8, 0, "nbody", 2));
  EXPECT_NE(block_order(8, 0, "nbody", 1), block_order(8, 0, "float", 1));
}

// From an independent implementation of MT19937-64 (in Python): another platform or library must
// draw the same, or a run begun there could not go on here.
TEST(BlockOrder, IsTheSameOnEveryPlatform) {
  EXPECT_THAT(block_order(5, 0, "nbody", 1), ElementsAre(0, 2, 3, 4, 1));
  SeededRandom random(1, "test");
  EXPECT_THAT(
      std::vector<std::uint64_t>({random.below(1000), random.below(1000), random.below(1000)}),
      ElementsAre(52, 47, 114));
}

TEST(SeededRandom, StaysBelowItsBoundAndReachesAllOfIt) {
  SeededRandom random(1, "bound");
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 6000; ++i) {
    ++seen[random.below(6)];
  }
  EXPECT_EQ(seen.size(), 6);
  for (const auto& [value, times] : seen) {
    EXPECT_LT(value, 6);
    EXPECT_NEAR(times, 1000, 200);
  }
  EXPECT_EQ(random.below(1), 0);
  EXPECT_LT(random.below(1ULL << 63), 1ULL << 63);
}

TEST(SeededRandom, DrawsEveryPermutationAboutEquallyOften) {
  SeededRandom random(1, "permutations");
  std::map<std::vector<std::size_t>, int> seen;
  for (int i = 0; i < 6000; ++i) {
    ++seen[random.permutation(3)];
  }
  EXPECT_EQ(seen.size(), 6);
  for (const auto& [order, times] : seen) {
    EXPECT_NEAR(times, 1000, 200);
  }
}

}  // namespace
}  // namespace pytune
