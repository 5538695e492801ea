#include "measure/count_workload.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/measure/fake_worker.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using measure_test::FakeRunner;
using measure_test::option;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// A worker behind the emulator's words that leaves counts: 1000 at its start, 10 for each loop.
class CountWorkload : public sys_test::Scratch {
 protected:
  Outcome under_emulator(const Command& command) {
    const std::string plugin = option(command, "-plugin");
    const std::string out = plugin.substr(plugin.find("out=") + 4);
    const long loops = std::stol(option(command, "-l"));
    folders.push_back(out.substr(0, out.find(',')));
    if (leaves_counts)
      sys_test::write(
          folders.back() + "/1-1-0.json",
          nlohmann::json{{"format", "pytune-counts"},
                         {"version", 1},
                         {"guest", "aarch64"},
                         {"program", "/p"},
                         {"pid", 1},
                         {"ended", "exit"},
                         {"counts", {{"instructions", 1000 + instructions_per_loop * loops}}},
                         {"files", {""}},
                         {"blocks", {{0, 64, 1, 1000}, {0, 80, loops, 1 + 10 * loops}}}}
              .dump());
    if (loses_a_process) sys_test::write(folders.back() + "/2-1-0.running", "");
    Command worker = command;
    worker.argv.erase(worker.argv.begin(), worker.argv.begin() + 3);
    return answer ? *answer : measure_test::good_worker(worker);
  }

  WorkloadCounts count(long loops = 4, bool functions = false, const std::string& cpu = "") {
    FakeRunner runner([this](const Command& command) { return under_emulator(command); });
    Arm arm = measure_test::arm("fast");
    arm.interpreter.machine = EmulatedMachine{
        {"aarch64", "/usr/bin/qemu-aarch64", "7.2.22", {"max"}, ""}, cpu, "/plugin.so"};
    Block block;
    block.hash_seed = 7;
    block.padding_bytes = 3;
    const WorkloadCounts counts =
        count_workload(WorkerManager(runner, {}, {.scratch = root()}), arm,
                       measure_test::workload("nbody", loops), block, functions);
    commands = runner.commands;
    return counts;
  }

  std::vector<std::string> folders;
  std::vector<Command> commands;
  std::optional<Outcome> answer;
  long instructions_per_loop = 10;
  bool leaves_counts = true;
  bool loses_a_process = false;
};

TEST_F(CountWorkload, IsTheDifferenceBetweenTwiceTheLoopsAndOnce) {
  const WorkloadCounts counts = count();
  EXPECT_EQ(counts.error, "");
  EXPECT_DOUBLE_EQ(counts.per_loop.at("instructions"), 10);
  EXPECT_EQ(counts.programs, 1);
  EXPECT_EQ(counts.lost, 0);
  ASSERT_THAT(commands, SizeIs(2));
  EXPECT_EQ(option(commands[0], "-l"), "4");
  EXPECT_EQ(option(commands[1], "-l"), "8");
}

TEST_F(CountWorkload, RunsOneValueWithoutWarmUpsUnderTheBlocksSeed) {
  count();
  EXPECT_EQ(commands[0].argv[0], "/usr/bin/qemu-aarch64");
  EXPECT_EQ(commands[0].argv[3], "/builds/fast/bin/python3");
  for (const Command& command : commands) {
    EXPECT_EQ(option(command, "-w"), "0");
    EXPECT_EQ(option(command, "-n"), "1");
    EXPECT_EQ(command.environment->at("PYTHONHASHSEED"), "7");
    EXPECT_EQ(command.environment->at("PYTUNE_PADDING"), "xxx");
  }
}

TEST_F(CountWorkload, NeverAsksForAHookThatMayBeRefusedAndCountedTwice) {
  count();
  for (const Command& command : commands) EXPECT_EQ(option(command, "--hook"), "");
}

TEST_F(CountWorkload, BothRunsHaveEnvironmentsAndWordsOfOneSize) {
  count();
  EXPECT_EQ(commands[0].environment, commands[1].environment);
  EXPECT_EQ(option(commands[0], "-plugin").size(), option(commands[1], "-plugin").size());
}

TEST_F(CountWorkload, LeavesNothingBehind) {
  count();
  ASSERT_THAT(folders, SizeIs(2));
  for (const std::string& folder : folders) {
    EXPECT_THAT(folder, StartsWith(root().string()));
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
}

TEST_F(CountWorkload, FunctionsAreDifferencesToo) {
  const WorkloadCounts counts = count(4, true);
  ASSERT_THAT(counts.functions_per_loop, SizeIs(1));
  EXPECT_DOUBLE_EQ(counts.functions_per_loop[0].instructions, 10);
}

TEST_F(CountWorkload, SaysHowManyProcessesWereLost) {
  loses_a_process = true;
  EXPECT_EQ(count().lost, 2);
}

TEST_F(CountWorkload, AWorkerThatFailsIsAnError) {
  answer = measure_test::exits(1, "Traceback\nImportError: no pyperf\n");
  const WorkloadCounts counts = count();
  EXPECT_THAT(counts.error, HasSubstr("ImportError: no pyperf"));
  EXPECT_THAT(counts.per_loop, IsEmpty());
}

TEST_F(CountWorkload, AWorkerWithoutCountsIsAnError) {
  leaves_counts = false;
  EXPECT_THAT(count().error, HasSubstr("did not load the plugin"));
}

TEST_F(CountWorkload, LoopsThatDoNothingAreAnError) {
  instructions_per_loop = 0;
  const WorkloadCounts counts = count();
  EXPECT_THAT(counts.error, HasSubstr("did not execute more"));
  EXPECT_THAT(counts.per_loop, IsEmpty());
}

TEST_F(CountWorkload, WithoutLoopsNothingIsRun) {
  EXPECT_THAT(count(0).error, HasSubstr("not calibrated"));
  EXPECT_THAT(count(std::numeric_limits<long>::max()).error, HasSubstr("not calibrated"));
  EXPECT_THAT(folders, IsEmpty());
}

TEST_F(CountWorkload, AnUnknownModelIsTheUsersError) {
  EXPECT_THROW(count(4, false, "nothing"), UsageError);
}

}  // namespace
}  // namespace pytune
