#include "conformance/tasks.h"

#include <gmock/gmock.h>

#include <atomic>

#include "sys/error.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;

TEST(RunWork, DoesEverythingOnceAndKeepsAFailureWithItsWork) {
  test::RecordedListener notes;
  std::atomic<int> runs = 0;
  std::vector<Task> tasks(50, {"x", 0.5, [&] { return ++runs % 2 == 0; }});
  tasks[7].run = []() -> bool { throw Failure("it broke"); };
  const auto problems = run_tasks(tasks, 4, notes);
  EXPECT_EQ(runs, 49);
  EXPECT_EQ(problems[7], "it broke");
  EXPECT_EQ(std::count(problems.begin(), problems.end(), ""), 49);
  EXPECT_EQ(notes.under_way, 0);
  EXPECT_EQ(notes.minutes_done + notes.minutes_found, 50 * 0.5 / 4);
  EXPECT_EQ(notes.found.size(), 24);
}

TEST(RunWork, EndsWithAnInterrupt) {
  test::RecordedListener notes;
  std::atomic<int> runs = 0;
  std::vector<Task> tasks(50, {"x", 1, [&] { return ++runs > 0; }});
  tasks[0].run = []() -> bool { throw Interrupted(); };
  EXPECT_THROW(run_tasks(tasks, 1, notes), Interrupted);
  EXPECT_EQ(runs, 0);
}

TEST(RunWork, OfNothingIsNothing) {
  test::RecordedListener notes;
  EXPECT_THAT(run_tasks({}, 4, notes), ElementsAre());
}

}  // namespace
}  // namespace pytune
