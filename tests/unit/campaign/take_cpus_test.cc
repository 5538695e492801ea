#include "campaign/take_cpus.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <future>
#include <optional>
#include <thread>

#include "sys/error.h"
#include "sys/process.h"
#include "unit/sys/recorded_listener.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class TakeCpus : public sys_test::Scratch {
 protected:
  void SetUp() override { setenv("PYTUNE_LOCKS", at("locks").c_str(), 1); }
  void TearDown() override { unsetenv("PYTUNE_LOCKS"); }

  Store store_{at("store")};
  test::RecordedListener listener_;
};

TEST_F(TakeCpus, AreRefusedWhileAnotherRunHasOneOfThem) {
  const CpuClaim first = take_cpus(store_, {0, 1}, WhenBusy::fail, listener_);
  try {
    (void)take_cpus(store_, {1, 2}, WhenBusy::fail, listener_);
    FAIL() << "CPU 1 is taken";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("CPU 1 is being measured on by pid"));
    EXPECT_THAT(failure.what(), HasSubstr("--no-wait"));
  }
  EXPECT_NO_THROW(wait_for_cpus(store_, {2}, WhenBusy::fail, listener_))
      << "what was refused holds nothing";
}

TEST_F(TakeCpus, AreWaitedForWithOneWarning) {
  std::optional<CpuClaim> first = take_cpus(store_, {0}, WhenBusy::fail, listener_);
  std::promise<void> warned;
  listener_.on_warning = [&] { warned.set_value(); };
  std::thread other([&] {
    warned.get_future().wait();
    first.reset();
  });
  const CpuClaim second = take_cpus(store_, {0}, WhenBusy::wait, listener_);
  other.join();
  ASSERT_EQ(listener_.warnings.size(), 1U);
  EXPECT_THAT(listener_.warnings.front(), HasSubstr("waiting for its end"));
}

TEST_F(TakeCpus, WhoMeasuresIsKnownWithTheTimeSince) {
  EXPECT_FALSE(who_measures(store_, {0}));
  const CpuClaim first = take_cpus(store_, {0, 1}, WhenBusy::fail, listener_);
  const auto holder = who_measures(store_, {1, 2});
  ASSERT_TRUE(holder);
  EXPECT_THAT(holder->sentence(),
              testing::MatchesRegex("CPU 1 is being measured on by pid [0-9]+ \\(.*\\) since "
                                    "[0-9]{2}:[0-9]{2}"));
}

TEST_F(TakeCpus, AStopEndsTheWait) {
  const CpuClaim first = take_cpus(store_, {0}, WhenBusy::fail, listener_);
  listener_.on_warning = [] { request_stop(); };
  EXPECT_THROW((void)take_cpus(store_, {0}, WhenBusy::wait, listener_), Interrupted);
  clear_stop_request();
}

TEST_F(TakeCpus, AreFreeAgainAfterALook) {
  wait_for_cpus(store_, {0}, WhenBusy::fail, listener_);
  const CpuClaim claim = take_cpus(store_, {0}, WhenBusy::fail, listener_);
  EXPECT_THAT(listener_.warnings, IsEmpty());
}

}  // namespace
}  // namespace pytune
