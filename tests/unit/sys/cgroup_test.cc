#include "sys/cgroup.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

class Cgroups : public sys_test::Scratch {
 protected:
  void put(const std::string& name, const std::string& text) { sys_test::write(at(name), text); }
  CgroupLimits limits() const { return read_cgroup_limits(root()); }
};

TEST_F(Cgroups, WithoutAnyThereAreNoLimits) {
  const CgroupLimits none = limits();
  EXPECT_FALSE(none.memory || none.cpus || none.processes);
}

TEST_F(Cgroups, OfVersion2TheNarrowestAboveCounts) {
  put("proc/self/cgroup", "0::/user.slice/job\n");
  put("sys/fs/cgroup/user.slice/memory.max", "1000000\n");
  put("sys/fs/cgroup/user.slice/memory.current", "400000\n");
  put("sys/fs/cgroup/user.slice/job/memory.max", "2000000\n");
  put("sys/fs/cgroup/user.slice/job/memory.current", "1\n");
  put("sys/fs/cgroup/user.slice/job/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/user.slice/pids.max", "max\n");
  const CgroupLimits found = limits();
  ASSERT_TRUE(found.memory);
  EXPECT_EQ(found.memory->most, 1'000'000U);
  EXPECT_EQ(found.memory->used, 400'000U);
  EXPECT_DOUBLE_EQ(found.cpus.value_or(0), 1.5);
  EXPECT_FALSE(found.processes);
}

TEST_F(Cgroups, FilesThatTheKernelCanForgetAreNotUsed) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "8000\n");
  put("sys/fs/cgroup/memory.current", "7000\n");
  put("sys/fs/cgroup/memory.stat", "anon 10\ninactive_file 3000\nactive_file 5\n");
  EXPECT_EQ(limits().memory->used, 4000U);
}

TEST_F(Cgroups, InAContainerTheMountIsTheGroup) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "5000\n");
  put("sys/fs/cgroup/pids.max", "30\n");
  EXPECT_EQ(limits().memory->most, 5000U);
  EXPECT_EQ(limits().processes, 30U);
}

TEST_F(Cgroups, Version1IsReadByController) {
  put("proc/self/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "8000\n");  // the container's own mount
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "3000\n");
  put("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "50000\n");
  put("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
  const CgroupLimits found = limits();
  EXPECT_EQ(found.memory->most, 8000U);
  EXPECT_EQ(found.memory->used, 3000U);
  EXPECT_DOUBLE_EQ(found.cpus.value_or(0), 0.5);
}

TEST_F(Cgroups, Version1SaysNoLimitByHugeAndNegativeNumbers) {
  put("proc/self/cgroup", "4:memory:/\n3:cpu:/\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(limits().memory || limits().cpus);
}

}  // namespace
}  // namespace pytune
