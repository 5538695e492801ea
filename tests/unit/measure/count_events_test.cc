#include "measure/count_events.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>

#include "measure/run_blocks.h"
#include "sys/files.h"
#include "sys/host.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

using measure_test::FakeRunner;
using measure_test::option;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<CounterEvent> kEvents = {{"INST_RETIRED", "r8"}, {"BR_RETIRED", "r21"}};

// A worker behind perf's words: what it answers, and what perf writes.
Outcome under_perf(const Command& command, const std::string& written) {
  const int fd = std::stoi(option(command, "--log-fd"));
  EXPECT_THAT(command.inherited_fds, ElementsAre(fd));
  EXPECT_EQ(write(fd, written.data(), written.size()), static_cast<ssize_t>(written.size()));
  Command worker = command;
  while (worker.argv.front() != "--") worker.argv.erase(worker.argv.begin());
  worker.argv.erase(worker.argv.begin());
  return measure_test::good_worker(worker);
}

std::string counted(const std::string& value, const std::string& event,
                    const std::string& running = "100.00") {
  return R"({"counter-value" : ")" + value + R"(", "event" : ")" + event +
         R"(", "pcnt-running" : )" + running + "}\n";
}

// `written` by perf for the worker's loops, `of_twice` for twice as many.
Sample count(const std::string& written, const std::string& of_twice,
             std::vector<Command>* commands = nullptr) {
  FakeRunner runner([&](const Command& command) {
    const bool first = option(command, "-l") == std::to_string(measure_test::workload("x").loops);
    return under_perf(command, first ? written : of_twice);
  });
  WorkerManager manager(runner, {});
  Block block;
  block.hash_seed = 7;
  const Sample sample = count_events(manager, {"/usr/bin/perf", kEvents}, measure_test::arm("fast"),
                                     measure_test::workload("nbody"), block);
  if (commands != nullptr) *commands = runner.commands;
  return sample;
}

TEST(CountEvents, KeepsWhatTwiceTheLoopsTookMore) {
  std::vector<Command> commands;
  const Sample sample =
      count(counted("9000", "r08:u") + counted("700", "armv8_pmuv3_0/r21:u/", "50.00"),
            counted("10000", "r08:u") + counted("900", "armv8_pmuv3_0/r21:u/", "75.00"), &commands);
  EXPECT_EQ(sample.error, "");
  EXPECT_EQ(sample.counters.at("INST_RETIRED").value, 1000);
  EXPECT_EQ(sample.counters.at("BR_RETIRED").value, 200);
  EXPECT_DOUBLE_EQ(sample.counters.at("BR_RETIRED").running, 50);
  ASSERT_THAT(commands, SizeIs(2));
  EXPECT_EQ(std::stol(option(commands[1], "-l")), 2 * std::stol(option(commands[0], "-l")));
  EXPECT_EQ(commands[0].argv[0], "/usr/bin/perf");
  EXPECT_EQ(option(commands[0], "-e"), "r8:u,r21:u");
  EXPECT_EQ(commands[0].environment->at("PERF_CONFIG"), "/dev/null");
}

TEST(CountEvents, LeavesOutWhatFoundNoCounterInOneOfTheRuns) {
  const Sample sample = count(counted("1000", "r8:u") + counted("<not counted>", "r21:u"),
                              counted("3000", "r8:u") + counted("5", "r21:u"));
  EXPECT_EQ(sample.error, "");
  EXPECT_THAT(sample.counters, SizeIs(1));
}

TEST(CountEvents, ARareEventThatWasRarerInTheLongerRunIsNone) {
  const Sample sample = count(counted("1000", "r8:u") + counted("9", "r21:u"),
                              counted("3000", "r8:u") + counted("5", "r21:u"));
  EXPECT_EQ(sample.error, "");
  EXPECT_EQ(sample.counters.at("BR_RETIRED").value, 0);
}

TEST(CountEvents, NoMoreInstructionsForTwiceTheWorkIsAnError) {
  const std::string same = counted("1000", "r8:u");
  EXPECT_EQ(count(same, same).error, "perf counted no more instructions for twice the work");
}

TEST(CountEvents, RecordsWhyThereAreNoCounts) {
  const std::string good = counted("1000", "r8:u");
  EXPECT_THAT(count("", good).error, HasSubstr("without writing any count"));
  EXPECT_THAT(count(good, "").error, HasSubstr("without writing any count"));
  EXPECT_THAT(count("\xff garbage", good).error, HasSubstr("perf's output, line 1"));
  const std::string none = counted("<not supported>", "r8:u");
  EXPECT_THAT(count(none, none).error, HasSubstr("none of the events"));
}

TEST(CountEvents, GoesByRoundsThroughThePassesAndKeepsBlocksOfOtherEventsApart) {
  const TemporaryDirectory directory(testing::TempDir(), "count");
  FakeRunner runner([&](const Command& command) {
    std::string written;
    for (const char* event : {"r8", "r21", "r11"})
      if (option(command, "-e").find(event) != std::string::npos)
        written += counted(option(command, "-l"), event);
    return under_perf(command, written);
  });
  WorkerManager manager(runner, {});
  NoListener listener;
  BlockPlan plan{
      Phase::counters, 0, 3, 1, {measure_test::arm("a")}, {measure_test::workload("nbody")}};
  plan.passes = {"/usr/bin/perf", {kEvents, {{"CPU_CYCLES", "r11"}}}};
  const auto blocks = run_blocks(manager, plan, directory.path(), listener);
  ASSERT_THAT(blocks, SizeIs(3));
  EXPECT_THAT(blocks[0].samples[0].counters, SizeIs(2));
  EXPECT_TRUE(blocks[1].samples[0].counters.contains("CPU_CYCLES"));
  EXPECT_THAT(blocks[2].samples[0].counters, SizeIs(2));
  run_blocks(manager, plan, directory.path(), listener);
  EXPECT_THAT(runner.commands, SizeIs(6));
  plan.passes.events[1] = {{"BR_RETIRED", "r21"}};
  const auto again = run_blocks(manager, plan, directory.path(), listener);
  EXPECT_THAT(runner.commands, SizeIs(8));
  EXPECT_TRUE(again[1].samples[0].counters.contains("BR_RETIRED"));
}

TEST(CountEvents, BlocksAreFoundAgainWhereTimesAreOfAllCpusTogether) {
  const TemporaryDirectory directory(testing::TempDir(), "count");
  FakeRunner runner([&](const Command& command) {
    return under_perf(command, counted(option(command, "-l"), "r8"));
  });
  WorkerSettings settings;
  settings.cpus = {0, 1};
  settings.all_cpus_at_once = true;
  WorkerManager manager(runner, settings);
  NoListener listener;
  BlockPlan plan{
      Phase::counters, 0, 1, 1, {measure_test::arm("a")}, {measure_test::workload("nbody")}};
  plan.passes = {"/usr/bin/perf", {{{"INST_RETIRED", "r8"}}}};
  run_blocks(manager, plan, directory.path(), listener);
  const std::size_t first = runner.commands.size();
  run_blocks(manager, plan, directory.path(), listener);
  EXPECT_THAT(runner.commands, SizeIs(first));
}

TEST(CountEvents, OfASystemThatWasUnpackedTheLoaderIsItsOwn) {
  const TemporaryDirectory root(testing::TempDir(), "root");
  const bool arm = host_architecture() == "aarch64";
  const auto loader =
      root.path() / (arm ? "lib/ld-linux-aarch64.so.1" : "lib64/ld-linux-x86-64.so.2");
  std::filesystem::create_directories(loader.parent_path());
  write_file_atomic(loader, "");
  Arm rooted = measure_test::arm("rooted");
  rooted.interpreter.root = root.path();
  std::vector<Command> commands;
  FakeRunner runner([&](const Command& command) {
    commands.push_back(command);
    return under_perf(command, counted(option(command, "-l"), "r8"));
  });
  WorkerManager manager(runner, {});
  Block block;
  block.hash_seed = 7;
  count_events(manager, {"/usr/bin/perf", {{"INST_RETIRED", "r8"}}}, rooted,
               measure_test::workload("nbody"), block);
  const auto& argv = commands.front().argv;
  const auto end = std::find(argv.begin(), argv.end(), "--");
  ASSERT_LT(end + 4, argv.end());
  EXPECT_EQ(*(end + 1), loader);
  EXPECT_EQ(*(end + 2), "--library-path");
  EXPECT_EQ(*(end + 4), rooted.interpreter.python);
}

}  // namespace
}  // namespace pytune
