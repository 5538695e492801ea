#include "build/job_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

int available(const JobServer& jobs) {
  int bytes = 0;
  EXPECT_EQ(ioctl(jobs.read_fd(), FIONREAD, &bytes), 0);
  return bytes;
}

TEST(JobServer, TokensAreConserved) {
  JobServer jobs(3);
  EXPECT_EQ(available(jobs), 3);
  jobs.acquire();
  jobs.acquire();
  EXPECT_EQ(available(jobs), 1);
  jobs.release();
  jobs.release();
  EXPECT_EQ(available(jobs), 3);
}

TEST(JobServer, WaitsForAToken) {
  JobServer jobs(1);
  jobs.acquire();
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    jobs.release();
  });
  jobs.acquire();
  releaser.join();
  EXPECT_EQ(available(jobs), 0);
}

TEST(JobServer, WaitingEndsOnAStopRequest) {
  JobServer jobs(1);
  jobs.acquire();
  request_stop();
  EXPECT_THROW(jobs.acquire(), Interrupted);
  clear_stop_request();
}

TEST(JobServer, RefillRestoresTheFullNumber) {
  JobServer jobs(4);
  jobs.acquire();
  jobs.acquire();
  jobs.refill();
  EXPECT_EQ(available(jobs), 4);
  jobs.refill();
  EXPECT_EQ(available(jobs), 4);
}

TEST(JobServer, ThreadsNeverHoldMoreThanThereAre) {
  JobServer jobs(2);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        jobs.acquire();
        const int now = ++held;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --held;
        jobs.release();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(available(jobs), 2);
}

// As a make may do between our look and our read. The pipe that make reads must go on waiting.
TEST(JobServer, ATokenThatIsTakenFromUnderUsIsNoReasonToHang) {
  JobServer jobs(1);
  std::atomic<bool> ending = false;
  std::thread make([&] {
    while (!ending) {
      char token = 0;
      pollfd fd{jobs.read_fd(), POLLIN, 0};
      if (poll(&fd, 1, 1) > 0 && read(jobs.read_fd(), &token, 1) == 1) jobs.release();
    }
  });
  for (int i = 0; i < 2000; ++i) {
    jobs.acquire();
    jobs.release();
  }
  ending = true;
  jobs.release();  // should it wait in its read
  make.join();
  EXPECT_EQ(fcntl(jobs.read_fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(JobServer, MakeTakesPartThroughMakeflags) {
  JobServer jobs(2);
  EXPECT_EQ(jobs.makeflags(),
            fmt::format(" -j2 --jobserver-auth={},{}", jobs.read_fd(), jobs.write_fd()));
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  sys_test::write(scratch.path() / "Makefile", "all: a b c\na b c: ; @:\n");
  Command command;
  command.argv = {"make"};
  command.cwd = scratch.path();
  command.inherited_fds = {jobs.read_fd(), jobs.write_fd()};
  command.environment = current_environment();
  (*command.environment)["MAKEFLAGS"] = jobs.makeflags();
  const Outcome outcome = SystemRunner().run(command);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.output.find("jobserver unavailable"), std::string::npos) << outcome.output;
  EXPECT_EQ(available(jobs), 2);
}

}  // namespace
}  // namespace pytune
