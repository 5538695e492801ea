#include "emulator/counts_file.h"

#include <gmock/gmock.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "measure/emulated_counts.h"
#include "unit/sys/scratch.h"

namespace pytune::emulator {
namespace {

using testing::IsEmpty;
using testing::Not;

class CountsFileIn : public sys_test::Scratch {
 protected:
  Totals totals() {
    Totals totals;
    totals.instructions = 100;
    totals.kinds[kLoads] = 7;
    totals.kinds[kBranches] = 9;
    return totals;
  }
  bool write(CountsFile& file, const PlaceTable& places = {},
             const std::vector<std::string>& files = {}) {
    return file.write({"/usr/bin/a \"program\"", "exit", totals(), places, files});
  }
};

TEST_F(CountsFileIn, IsWhatTheTunerReads) {
  CountsFile file(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(file.begin());
  ASSERT_TRUE(write(file));
  const EmulatedCounts counts = read_emulated_counts(root());
  EXPECT_EQ(counts.guest, "aarch64");
  EXPECT_EQ(counts.counts.at("instructions"), 100);
  EXPECT_EQ(counts.counts.at("loads"), 7);
  EXPECT_EQ(counts.counts.at("stores"), 0);
  EXPECT_EQ(counts.lost, 0);
}

TEST_F(CountsFileIn, HasNothingOfWhatIsNotCounted) {
  CountsFile file(root(), "x86_64", kX86_64Kinds);
  ASSERT_TRUE(write(file));
  const auto counts = read_emulated_counts(root()).counts;
  EXPECT_TRUE(counts.contains("branches"));
  EXPECT_FALSE(counts.contains("loads"));
  EXPECT_FALSE(counts.contains("sve"));
}

TEST_F(CountsFileIn, KeepsAnyNameOfAFile) {
  const std::string name = "/a\xFF\xC3\xBC \"\\\n\x01/lib";
  CountsFile file(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(write(file, {{{1, 4096, 10}, {3, 30}}, {{0, 64, 2}, {1, 2}}}, {"", name}));
  const auto places = read_emulated_counts(root()).places;
  EXPECT_EQ(places.at({name, 4096}).executions, 3);
  EXPECT_EQ(places.at({name, 4096}).instructions, 30);
  EXPECT_EQ(places.at({"", 64}).instructions, 2);
}

TEST_F(CountsFileIn, OfAProcessThatNeverEndedIsLost) {
  CountsFile killed(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(killed.begin());
  CountsFile file(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(file.begin());
  ASSERT_TRUE(write(file));
  EXPECT_EQ(read_emulated_counts(root()).lost, 1);
}

TEST_F(CountsFileIn, AFailedExecIsFollowedByAnotherFile) {
  CountsFile file(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(write(file));
  ASSERT_TRUE(write(file));
  EXPECT_EQ(read_emulated_counts(root()).programs, 2);
  EXPECT_EQ(read_emulated_counts(root()).counts.at("instructions"), 200);
}

// The guest has timers of its own.
TEST_F(CountsFileIn, ASignalWhileItIsWrittenLosesNothing) {
  CountsFile file(root(), "aarch64", kAarch64Kinds);
  ASSERT_TRUE(file.begin());
  // A pipe in its place: writing to it waits for the reader, and is interrupted meanwhile.
  const std::string name = std::filesystem::directory_iterator(root())->path();
  ASSERT_EQ(unlink(name.c_str()), 0);
  ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
  struct sigaction before = {};
  struct sigaction nothing = {};
  nothing.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &nothing, &before), 0);  // without SA_RESTART
  const pthread_t writer = pthread_self();
  std::string read;
  std::thread reader([&] {
    std::ifstream in(name, std::ios::binary);
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      pthread_kill(writer, SIGUSR1);
    }
    read.assign(std::istreambuf_iterator<char>(in), {});
  });
  EXPECT_TRUE(write(file, {{{1, 0, 1}, {1, 1}}}, {std::string(200'000, 'x'), "b"}));
  reader.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_GT(read.size(), 200'000U);
  EXPECT_TRUE(read.ends_with("}\n"));
}

TEST_F(CountsFileIn, AFolderThatIsNotThereIsNoticed) {
  EXPECT_FALSE(CountsFile(at("absent"), "aarch64", kAarch64Kinds).begin());
}

}  // namespace
}  // namespace pytune::emulator
