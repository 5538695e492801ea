#include "verify/work.h"

#include <gmock/gmock.h>

#include <atomic>

#include "sys/error.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;

class Notes : public Watch {
 public:
  void started(const std::string&) override { ++under_way; }
  void finished(const std::string&, double minutes, bool cached) override {
    --under_way;
    done += minutes;
    found += cached ? 1 : 0;
  }
  void line(const std::string&) override {}
  int under_way = 0;
  double done = 0;
  int found = 0;
};

TEST(RunWork, DoesEverythingOnceAndKeepsAFailureWithItsWork) {
  Notes notes;
  std::atomic<int> runs = 0;
  std::vector<Work> work(50, {"x", 0.5, [&] { return ++runs % 2 == 0; }});
  work[7].run = []() -> bool { throw Failure("it broke"); };
  const auto problems = run_work(work, 4, notes);
  EXPECT_EQ(runs, 49);
  EXPECT_EQ(problems[7], "it broke");
  EXPECT_EQ(std::count(problems.begin(), problems.end(), ""), 49);
  EXPECT_EQ(notes.under_way, 0);
  EXPECT_EQ(notes.done, 25);
  EXPECT_EQ(notes.found, 24);
}

TEST(RunWork, EndsWithAnInterrupt) {
  Notes notes;
  std::atomic<int> runs = 0;
  std::vector<Work> work(50, {"x", 1, [&] { return ++runs > 0; }});
  work[0].run = []() -> bool { throw Interrupted(); };
  EXPECT_THROW(run_work(work, 1, notes), Interrupted);
  EXPECT_EQ(runs, 0);
}

TEST(RunWork, OfNothingIsNothing) {
  Notes notes;
  EXPECT_THAT(run_work({}, 4, notes), ElementsAre());
}

}  // namespace
}  // namespace pytune
