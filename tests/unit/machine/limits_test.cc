#include "machine/limits.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Limits : public sys_test::Scratch {
 protected:
  Finding finding(const std::string& topic) const {
    const auto all = check_limits(root());
    return *std::find_if(all.begin(), all.end(),
                         [&](const Finding& one) { return one.topic == topic; });
  }
};

TEST_F(Limits, WhatTheUmaskIsForIsSaid) {
  EXPECT_EQ(finding("umask").level, Finding::Level::ok);
  EXPECT_THAT(finding("umask").state, HasSubstr("holds for files you name"));
}

TEST_F(Limits, ALowUlimitIsNamedWithItsOption) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit low = {std::min<rlim_t>(before.rlim_max, 512U << 20U), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const Finding found = finding("ulimits");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(found.level, Finding::Level::note);
  EXPECT_THAT(found.state, HasSubstr("size of a file 512 MiB"));
  EXPECT_THAT(found.remedy, HasSubstr("ulimit -f unlimited"));
}

TEST_F(Limits, AControlGroupsLimitsAreNamed) {
  EXPECT_THAT(finding("cgroup").remedy, IsEmpty());
  sys_test::write(at("proc/self/cgroup"), "0::/\n");
  sys_test::write(at("sys/fs/cgroup/memory.max"), "2000000000\n");
  sys_test::write(at("sys/fs/cgroup/cpu.max"), "150000 100000\n");
  const Finding found = finding("cgroup");
  EXPECT_EQ(found.level, Finding::Level::note);
  EXPECT_THAT(found.state, HasSubstr("2.0 GB of memory"));
  EXPECT_THAT(found.state, HasSubstr("1.50 CPUs"));
}

TEST_F(Limits, AQuotaBelowTheCpusIsSaidOfAMeasurement) {
  EXPECT_EQ(quota_note(root()), "");
  sys_test::write(at("proc/self/cgroup"), "0::/\n");
  sys_test::write(at("sys/fs/cgroup/cpu.max"), "50000 100000\n");
  EXPECT_THAT(quota_note(root()), HasSubstr("gives 0.50 CPUs of time on"));
  sys_test::write(at("sys/fs/cgroup/cpu.max"), "max 100000\n");
  EXPECT_EQ(quota_note(root()), "");
}

}  // namespace
}  // namespace pytune
