#include "sys/cpus.h"

#include <gtest/gtest.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

class Cpus : public sys_test::Scratch {};

TEST_F(Cpus, AQuotaLimitsWhatRunsAtOnce) {
  sys_test::write(at("proc/self/cgroup"), "0::/\n");
  sys_test::write(at("sys/fs/cgroup/cpu.max"), "10000 100000\n");
  EXPECT_EQ(usable_cpus(root()), 1);
  sys_test::write(at("sys/fs/cgroup/cpu.max"), "900000000 100000\n");
  EXPECT_EQ(usable_cpus(root()), static_cast<int>(allowed_cpus().size()));
}

TEST_F(Cpus, AMaskHoldsMoreThanTheFixedOneOfTheLibrary) {
  const std::vector<int> many = {0, 1023, 1024, 5000};
  EXPECT_EQ(CpuMask(many).list(), many);
  EXPECT_EQ(CpuMask().list(), std::vector<int>());
  EXPECT_FALSE(CpuMask(std::vector<int>{60000}).apply());
  EXPECT_EQ(CpuMask::of_this_process().list(), allowed_cpus());
}

}  // namespace
}  // namespace pytune
