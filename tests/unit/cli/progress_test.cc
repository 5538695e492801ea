#include "cli/progress.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

TEST(ProgressMode, UnknownWordIsAUsageError) {
  EXPECT_EQ(progress_mode("never"), ProgressMode::silent);
  EXPECT_NE(progress_mode("always"), ProgressMode::silent);
  EXPECT_EQ(sys_test::message<UsageError>([] { progress_mode("nevr"); }),
            "--progress: unknown value \"nevr\"; did you mean \"never\"?");
}

TEST(Progress, LinesAreSilentUnlessAskedForAndWarningsNever) {
  testing::internal::CaptureStderr();
  {
    Progress silent(ProgressMode::silent);
    silent.line("hidden");
    silent.warn("shown");
    Progress lines(ProgressMode::lines);
    lines.expect(10);
    lines.started("building");
    lines.line("stage done");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "pytune: warning: shown\nstage done\n");
}

TEST(Progress, ALogHearsOfWhatBeganAndThatItGoesOn) {
  using std::chrono::milliseconds;
  testing::internal::CaptureStderr();
  {
    Progress lines(ProgressMode::lines, {.news = milliseconds(0), .still = milliseconds(20)});
    lines.started("unpacking");
    lines.finished("unpacking", 0, false);
    lines.started("testing");
    std::this_thread::sleep_for(milliseconds(200));
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("[0 s] unpacking\n[0 s] testing\n[0 s] testing\n"), 0U) << text;
}

TEST(Progress, WhatWasFoundDoneSaysNothingOnThePace) {
  testing::internal::CaptureStderr();
  {
    Progress live(ProgressMode::live);
    live.expect(130);
    live.started("building");
    live.finished("building", 100, /*cached=*/true);
    live.started("measuring");
    live.line("done");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("about 30 min 00 s left] measuring"), std::string::npos) << text;
}

TEST(Progress, ShowsAllThatIsUnderWay) {
  testing::internal::CaptureStderr();
  {
    Progress live(ProgressMode::live);
    live.started("one");
    live.started("two");
    live.started("three");
    live.finished("two", 0, false);
    live.line("done");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("] one; three"), std::string::npos) << text;
}

TEST(MinutesLeft, FollowsThePlanFirstAndThenThePaceAlsoWhereThePlanWasFarOff) {
  EXPECT_EQ(minutes_left(100, 0, 0, 4), 96);
  EXPECT_EQ(minutes_left(100, 1, 4, 0), 96);  // too early to know better
  EXPECT_EQ(minutes_left(100, 20, 40, 0), 160);
  EXPECT_EQ(minutes_left(100, 2, 20, 0), 980);  // ten times as slow as planned
  EXPECT_EQ(minutes_left(100, 50, 20, 0), 20);
  EXPECT_EQ(minutes_left(100, 0, 0, 120), std::nullopt);
  EXPECT_EQ(minutes_left(0, 0, 0, 1), std::nullopt);
}

TEST(MinutesLeft, DoNotGrowWhileSomethingLongIsUnderWay) {
  EXPECT_EQ(minutes_left(100, 20, 40, 50), 110);
  EXPECT_EQ(minutes_left(100, 1, 4, 90), 6);
  EXPECT_EQ(minutes_left(100, 20, 40, 161), std::nullopt);
}

TEST(Progress, LiveLineIsClearedAtTheEnd) {
  testing::internal::CaptureStderr();
  {
    Progress live(ProgressMode::live);
    live.expect(10);
    live.started("building");
    live.line("done");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("left] building"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
}

}  // namespace
}  // namespace pytune
