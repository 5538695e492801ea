#include "campaign/take_cpus.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <future>
#include <optional>
#include <thread>

#include "sys/error.h"
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
  const CpuClaim first = take_cpus(store_, {0, 1}, false, listener_);
  try {
    (void)take_cpus(store_, {1, 2}, false, listener_);
    FAIL() << "CPU 1 is taken";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("CPU 1 is being measured on by pid"));
    EXPECT_THAT(failure.what(), HasSubstr("--wait"));
  }
  EXPECT_NO_THROW(wait_for_cpus(store_, {2}, false, listener_)) << "what was refused holds nothing";
}

TEST_F(TakeCpus, AreWaitedForWithOneWarning) {
  std::optional<CpuClaim> first = take_cpus(store_, {0}, false, listener_);
  std::promise<void> warned;
  listener_.on_warning = [&] { warned.set_value(); };
  std::thread other([&] {
    warned.get_future().wait();
    first.reset();
  });
  const CpuClaim second = take_cpus(store_, {0}, true, listener_);
  other.join();
  ASSERT_EQ(listener_.warnings.size(), 1U);
  EXPECT_THAT(listener_.warnings.front(), HasSubstr("waiting for its end"));
}

TEST_F(TakeCpus, AreFreeAgainAfterALook) {
  wait_for_cpus(store_, {0}, false, listener_);
  const CpuClaim claim = take_cpus(store_, {0}, false, listener_);
  EXPECT_THAT(listener_.warnings, IsEmpty());
}

}  // namespace
}  // namespace pytune
