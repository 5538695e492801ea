#include "machine/cpu_claim.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "sys/cpus.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CpuClaims : public sys_test::Scratch {
 protected:
  std::optional<CpuClaim> take(const std::vector<int>& cpus) {
    return CpuClaim::try_take(cpus, root(), holder_);
  }
  fs::path file(int cpu) { return at(fmt::format("pytune-cpu-{}.lock", cpu)); }
  CpuHolder holder_;
};

TEST_F(CpuClaims, ACpuIsClaimedOnce) {
  auto first = take({0, 1, 2});
  ASSERT_TRUE(first);
  EXPECT_FALSE(take({2, 3, 1}));
  EXPECT_THAT(holder_.cpus, ElementsAre(1, 2));
  EXPECT_EQ(holder_.pid, getpid());
  EXPECT_THAT(holder_.describe(), HasSubstr(fmt::format("pid {} (", getpid())));
  EXPECT_TRUE(take({3}));  // the refused claim left nothing
  first.reset();
  EXPECT_TRUE(take({2, 3, 1}));
}

TEST_F(CpuClaims, OtherCpusAreFree) {
  const auto first = take({0, 2});
  EXPECT_TRUE(first);
  EXPECT_TRUE(take({1, 3}));
}

TEST_F(CpuClaims, AKilledRunHoldsNothing) {
  const int status = sys_test::in_child([&] {
    const auto claim = take({0});
    kill(getpid(), SIGKILL);
    return 0;
  });
  EXPECT_EQ(status, -1);
  EXPECT_NE(read_file(file(0)), "");  // its pid still stands there
  EXPECT_TRUE(take({0}));
}

TEST_F(CpuClaims, TheLockDecidesAndNotWhatTheFileSays) {
  sys_test::write(file(0), "1\n");  // a process that lives
  EXPECT_TRUE(take({0}));
  const auto holder = take({1});
  for (const char* text : {"", "rubbish", "-1", "999999999999999999999\n", "4194305\n"}) {
    sys_test::write(file(1), text);
    EXPECT_FALSE(take({1}));
    EXPECT_EQ(holder_.pid, getpid()) << text;
  }
}

TEST_F(CpuClaims, EverybodyMayUseTheFilesWhateverTheUmask) {
  const mode_t before = umask(0077);
  take({5});
  umask(before);
  struct stat info = {};
  ASSERT_EQ(stat(file(5).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0666U);
}

TEST_F(CpuClaims, WhatSomebodyPlantedIsNotFollowedAndNotWrittenTo) {
  sys_test::write(at("precious"), "precious");
  fs::create_symlink(at("precious"), file(0));
  fs::create_hard_link(at("precious"), file(1));
  ASSERT_EQ(mkfifo(file(2).c_str(), 0666), 0);
  fs::create_directory(file(3));
  for (const int cpu : {0, 1, 2, 3})
    EXPECT_THAT(sys_test::message<Failure>([&] { take({cpu}); }), HasSubstr("PYTUNE_LOCKS")) << cpu;
  EXPECT_EQ(read_file(at("precious")), "precious");
}

TEST_F(CpuClaims, AFileThatWasRemovedMeanwhileIsMadeAnew) {
  const auto first = take({0});
  fs::remove(file(0));
  EXPECT_TRUE(take({0}));  // nobody can know of the first any more
  EXPECT_TRUE(fs::exists(file(0)));
}

TEST_F(CpuClaims, TheDirectoryCanBeChosen) {
  setenv("PYTUNE_LOCKS", at("a/b").c_str(), 1);
  EXPECT_EQ(cpu_lock_directory("/otherwise"), at("a/b"));
  sys_test::write(at("file"), "");
  setenv("PYTUNE_LOCKS", at("file").c_str(), 1);
  EXPECT_THAT(sys_test::message<UsageError>([] { cpu_lock_directory("/otherwise"); }),
              HasSubstr("PYTUNE_LOCKS"));
  unsetenv("PYTUNE_LOCKS");
}

TEST(CpuList, IsReadByTheOptionCpus) {
  EXPECT_EQ(cpu_list({3, 0, 1, 2, 6}), "0-3,6");
  EXPECT_EQ(cpu_list({4}), "4");
  EXPECT_FALSE(allowed_cpus().empty());
}

}  // namespace
}  // namespace pytune
