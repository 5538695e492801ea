#include "sys/descendants.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include "unit/sys/commands.h"

namespace pytune {
namespace {

using namespace std::chrono_literals;
using sys_test::gone;

class Descendants : public sys_test::Commands {};

// Linux since 3.4; no emulator of its programs need have it.
bool adopts_orphans() { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0; }

TEST_F(Descendants, WhatACommandLeavesBehindInAnotherSessionEndsWithIt) {
  if (!adopts_orphans()) GTEST_SKIP() << "QEMU knows no PR_SET_CHILD_SUBREAPER";
  Command command = shell("setsid sh -c 'echo $$ >$0; trap \"\" TERM HUP; exec sleep 1000' " +
                          at("pid").string() + " & while ! test -s " + at("pid").string() +
                          "; do sleep 0.01; done");
  command.contain = true;
  EXPECT_TRUE(run(command).ok());
  EXPECT_TRUE(gone(written_pid("pid")));
}

TEST_F(Descendants, AnotherThreadsCommandIsNoStray) {
  Outcome other;
  std::thread thread([&] { other = run(shell("sleep 0.5; echo lived")); });
  Command command = shell("setsid sleep 1000 & sleep 0.05");
  command.contain = true;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run(command).ok());
  thread.join();
  EXPECT_EQ(other.output, "lived\n");
}

TEST_F(Descendants, OneContainedCommandsEndLeavesAnothersOrphan) {
  if (!adopts_orphans()) GTEST_SKIP() << "QEMU knows no PR_SET_CHILD_SUBREAPER";
  Outcome other;
  std::thread thread([&] {
    Command command =
        shell("(setsid sh -c 'echo $$ >$0; sleep 1; echo lived >$1' " + at("pid").string() + " " +
              at("lived").string() + " &); while ! test -s " + at("lived").string() +
              "; do sleep 0.05; done");
    command.contain = true;
    command.timeout = 20s;
    other = run(command);
  });
  written_pid("pid");
  Command command = shell("setsid sleep 1000 & sleep 0.05");
  command.contain = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(run(command).ok());
  thread.join();
  EXPECT_TRUE(other.ok()) << other.describe();
}

TEST_F(Descendants, WhatClearedItsEnvironmentEndsWithTheOnlyCommandThereIs) {
  if (!adopts_orphans()) GTEST_SKIP() << "QEMU knows no PR_SET_CHILD_SUBREAPER";
  Command command =
      shell("(env -i setsid sh -c 'echo $$ >$0; exec sleep 1000' " + at("pid").string() +
            " &); while ! test -s " + at("pid").string() + "; do sleep 0.01; done");
  command.contain = true;
  EXPECT_TRUE(run(command).ok());
  EXPECT_TRUE(gone(written_pid("pid")));
}

// tail keeps what might be the last line.
TEST_F(Descendants, OneThatTakesTooMuchMemoryIsEndedAndSaidSo) {
  Command command = shell("tail /dev/zero; exit 0");
  command.memory_limit = 100'000'000;
  const Outcome outcome = run(command);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.describe(), "took more than 0.1 GB of memory");
  Outcome small;
  small.memory_limit = 1 << 20;
  EXPECT_EQ(small.describe(), "took more than 1 MB of memory");
}

TEST_F(Descendants, TheMemoryOfWhatItStartedCountsToo) {
  if (!adopts_orphans()) GTEST_SKIP() << "QEMU knows no PR_SET_CHILD_SUBREAPER";
  Command command =
      shell("setsid tail /dev/zero & echo $! >" + at("pid").string() + "; sleep 1000");
  command.memory_limit = 100'000'000;
  command.contain = true;
  EXPECT_EQ(run(command).memory_limit, 100'000'000U);
  EXPECT_TRUE(gone(written_pid("pid")));
}

TEST_F(Descendants, OneWithinItsMemoryIsLeftAlone) {
  Command command = shell("sleep 0.3");
  command.memory_limit = 100'000'000;
  EXPECT_TRUE(run(command).ok());
}

}  // namespace
}  // namespace pytune
