#include "sys/file_lock.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include "sys/process_mark.h"
#include "unit/sys/marked_child.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using sys_test::gone;
using sys_test::in_child;
using sys_test::MarkedChild;
using sys_test::write;
using ::testing::HasSubstr;

class Locks : public sys_test::Scratch {};

TEST_F(Locks, LockExcludesAnotherProcess) {
  const auto taken = [&] { return FileLock::try_acquire(at("lock")).has_value() ? 1 : 0; };
  {
    const FileLock lock = FileLock::acquire(at("lock"));
    EXPECT_EQ(in_child(taken), 0);
    EXPECT_FALSE(FileLock::try_acquire(at("lock")).has_value());
  }
  EXPECT_EQ(in_child(taken), 1);
}

TEST_F(Locks, LockEndsWithAKilledProcess) {
  const pid_t pid = fork();
  if (pid == 0) {
    const FileLock lock = FileLock::acquire(at("lock"));
    write(at("held"), "x");
    pause();
    _exit(0);
  }
  ASSERT_TRUE(sys_test::eventually([&] { return fs::exists(at("held")); }));
  EXPECT_FALSE(FileLock::try_acquire(at("lock")).has_value());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  EXPECT_TRUE(FileLock::try_acquire(at("lock")).has_value());
}

TEST_F(Locks, WaitingForALockEndsOnAStopRequest) {
  clear_stop_request();
  const FileLock lock = FileLock::acquire(at("lock"));
  request_stop();
  EXPECT_THROW(FileLock::acquire(at("lock")), Interrupted);
  clear_stop_request();
}

TEST_F(Locks, LockInAMissingDirectoryIsAFailure) {
  EXPECT_THROW(FileLock::try_acquire(at("absent/lock")), Failure);
}

TEST_F(Locks, WhoeverWaitsIsToldOnceForWhom) {
  clear_stop_request();
  const FileLock lock = FileLock::acquire(at("lock"));
  std::vector<std::string> told;
  std::thread stopper([] {
    std::this_thread::sleep_for(400ms);
    request_stop();
  });
  EXPECT_THROW(FileLock::acquire(
                   at("lock"), [&](const std::string& text) { told.push_back(text); }, 50ms),
               Interrupted);
  stopper.join();
  clear_stop_request();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told.front(), HasSubstr("which holds " + at("lock").string()));
  EXPECT_THAT(told.front(), HasSubstr(fmt::format("waiting for pid {} (", getpid())));
}

TEST_F(Locks, AFileThatItsHolderRemovedIsNotLockedInItsPlace) {
  const FileLock first = FileLock::acquire(at("lock"));
  fs::remove(at("lock"));
  EXPECT_TRUE(FileLock::try_acquire(at("lock")));
  EXPECT_TRUE(fs::exists(at("lock")));
}

TEST_F(Locks, OfARunThatDiedHoldingItTheRestIsEnded) {
  const std::string dead(32, 'd');
  const MarkedChild orphan(dead + ".00000007");
  const MarkedChild stranger(std::string(32, 'e') + ".00000007");
  write(at("lock"), dead + "\n");
  FileLock lock = FileLock::acquire(at("lock"));
  EXPECT_FALSE(orphan.ended());
  lock.sign();
  EXPECT_TRUE(orphan.ended());
  EXPECT_FALSE(stranger.ended());
  EXPECT_EQ(read_file(at("lock")), run_mark() + "\n");
}

TEST_F(Locks, OneThatWasLetGoNamesNobody) {
  {
    FileLock lock = FileLock::acquire(at("lock"));
    lock.sign();
  }
  EXPECT_EQ(read_file(at("lock")), "");
  const MarkedChild ours(next_command_mark());
  FileLock again = FileLock::acquire(at("lock"));
  again.sign();
  EXPECT_FALSE(ours.ended());
}

TEST_F(Locks, OnlyAWholeMarkIsBelieved) {
  const MarkedChild stranger(std::string(32, 'e') + ".00000007");
  for (const std::string& text : {std::string(), std::string("e"), std::string(31, 'e'),
                                  std::string(31, 'e') + "=", std::string(32, '\0')}) {
    write(at("lock"), text);
    FileLock lock = FileLock::acquire(at("lock"));
    lock.sign();
    EXPECT_FALSE(stranger.ended()) << text;
  }
}

}  // namespace
}  // namespace pytune
