#include "sys/parallel.h"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace pytune {
namespace {

TEST(InParallel, DoesEveryPieceOnceOnNoMoreThreadsThanAsked) {
  std::vector<std::atomic<int>> runs(100);
  std::atomic<bool> good_thread = true;
  in_parallel(100, 3, [&](std::size_t i, std::size_t thread) {
    ++runs[i];
    if (thread >= 3) good_thread = false;
  });
  for (const auto& one : runs) EXPECT_EQ(one, 1);
  EXPECT_TRUE(good_thread);
}

TEST(InParallel, BeginsNoMoreAfterAnExceptionAndThrowsTheFirstOn) {
  std::atomic<int> runs = 0;
  EXPECT_THROW(in_parallel(100, 1,
                           [&](std::size_t i, std::size_t) {
                             ++runs;
                             if (i == 4) throw std::runtime_error("fifth");
                           }),
               std::runtime_error);
  EXPECT_EQ(runs, 5);
}

TEST(InParallel, WithoutPiecesNothingIsRun) {
  in_parallel(0, 4, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(InParallel, WithOneThreadTheCallerDoesItAll) {
  const auto caller = std::this_thread::get_id();
  in_parallel(5, 1,
              [&](std::size_t, std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

}  // namespace
}  // namespace pytune
