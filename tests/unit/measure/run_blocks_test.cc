// One file, because all of it drives run_blocks over the same fake runner.
#include "measure/run_blocks.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>

#include "sys/error.h"
#include "sys/files.h"
#include "unit/measure/fake_worker.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using measure_test::arm;
using measure_test::exits;
using measure_test::FakeRunner;
using measure_test::good_worker;
using measure_test::option;
using measure_test::workload;
using measure_test::workload_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class RunBlocks : public testing::Test {
 protected:
  RunBlocks() {
    plan_.rounds = 4;
    plan_.seed = 11;
    plan_.arms = {arm("baseline"), arm("copy"), arm("fast"), arm("slow")};
    plan_.workloads = {workload("nbody"), workload("float", 8), workload("json")};
  }

  std::vector<Block> run() {
    listener_.done.clear();
    listener_.warnings.clear();
    runner_.commands.clear();
    WorkerManager manager(runner_, settings_);
    return run_blocks(manager, plan_, directory(), listener_);
  }

  fs::path directory() const { return directory_.path() / "blocks"; }
  fs::path file(const std::string& name) const { return directory() / name; }

  FakeRunner::Answer worker_ = good_worker;
  FakeRunner runner_{[this](const Command& command) { return worker_(command); }};
  WorkerSettings settings_;
  BlockPlan plan_;
  test::RecordedListener listener_;

 private:
  TemporaryDirectory directory_{testing::TempDir(), "run-blocks"};
};

// Names and values as execve lays them out: NAME=VALUE and a zero byte.
std::size_t environment_bytes(const Command& command) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : command.environment.value()) {
    bytes += name.size() + value.size() + 2;
  }
  return bytes;
}

TEST_F(RunBlocks, RunsEveryArmOnEveryWorkloadInEveryRound) {
  const std::vector<Block> blocks = run();
  ASSERT_THAT(blocks, SizeIs(12));
  std::set<std::string> seen;
  for (const Block& block : blocks) {
    EXPECT_EQ(block.phase, Phase::race);
    ASSERT_THAT(block.samples, SizeIs(4));
    for (const Sample& sample : block.samples) {
      EXPECT_EQ(sample.error, "");
      seen.insert(block.workload + std::to_string(block.round) + sample.arm);
    }
  }
  EXPECT_THAT(seen, SizeIs(48));
  EXPECT_THAT(runner_.commands, SizeIs(48));
  EXPECT_EQ(listener_.done.back(),
            "measuring (race): block 12 of 12, round 4, " + blocks.back().workload);
}

TEST_F(RunBlocks, FinishesARoundBeforeTheNextInAnOrderOfItsOwn) {
  const std::vector<Block> blocks = run();
  std::map<int, std::vector<std::string>> orders;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].round, static_cast<int>(i / 3));
    orders[blocks[i].round].push_back(blocks[i].workload);
  }
  std::set<std::vector<std::string>> different;
  for (const auto& [round, order] : orders) {
    EXPECT_THAT(order, testing::UnorderedElementsAre("nbody", "float", "json"));
    different.insert(order);
  }
  EXPECT_GT(different.size(), 1);
}

TEST_F(RunBlocks, HoldsEveryArmAtEveryPositionOnceOverAsManyRoundsAsArms) {
  std::map<std::string, std::set<std::string>> held;
  for (const Block& block : run()) {
    for (const Sample& sample : block.samples) {
      held[block.workload].insert(sample.arm + std::to_string(sample.position));
    }
  }
  for (const auto& [name, places] : held) {
    EXPECT_THAT(places, SizeIs(16)) << name;
  }
}

TEST_F(RunBlocks, MeasuresTheSameBlocksWhateverTheNumberOfLanes) {
  settings_.cpus = {0, 1, 2, 3, 4};
  settings_.lanes = 2;
  const std::vector<Block> blocks = run();
  const fs::path other = directory() / "one-lane";
  settings_.lanes = 1;
  WorkerManager manager(runner_, settings_);
  const std::vector<Block> alone = run_blocks(manager, plan_, other, listener_);
  ASSERT_EQ(blocks.size(), alone.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].workload, alone[i].workload);
    EXPECT_EQ(blocks[i].hash_seed, alone[i].hash_seed);
    EXPECT_EQ(blocks[i].samples.front().arm, alone[i].samples.front().arm);
  }
}

TEST_F(RunBlocks, KeepsABlockOnTheCpusOfItsLane) {
  settings_.cpus = {0, 1, 2, 3, 4};
  settings_.lanes = 2;
  run();
  std::map<std::string, std::set<std::vector<int>>> cpus_of_block;
  for (const Command& command : runner_.commands) {
    EXPECT_THAT(command.cpus, testing::AnyOf(ElementsAre(0, 1), ElementsAre(2, 3)));
    cpus_of_block[workload_of(command) + command.environment->at("PYTHONHASHSEED")].insert(
        command.cpus);
  }
  for (const auto& [block, cpus] : cpus_of_block) EXPECT_THAT(cpus, SizeIs(1)) << block;
}

TEST_F(RunBlocks, RefusesMoreLanesThanCpus) {
  settings_.cpus = {0};
  settings_.lanes = 2;
  EXPECT_THROW(run(), UsageError);
}

TEST_F(RunBlocks, GoesOnFromALaterRound) {
  plan_.rounds = 2;
  const auto first = run();
  plan_.first_round = 2;
  plan_.rounds = 4;
  plan_.arms.pop_back();
  const auto later = run();
  ASSERT_THAT(later, SizeIs(6));
  EXPECT_EQ(later.front().round, 2);
  EXPECT_THAT(later.front().samples, SizeIs(3));
  EXPECT_THAT(listener_.done.back(), HasSubstr("block 6 of 6"));
}

TEST_F(RunBlocks, OfAllCpusAtOnceASampleIsTheWorkOfAllTogether) {
  settings_.cpus = {0, 1};
  settings_.all_cpus_at_once = true;
  worker_ = [](const Command& command) {
    // The second CPU is half as fast: 1 + 1/2 units of work a second.
    Outcome outcome = good_worker(command);
    if (command.cpus != std::vector<int>{1}) return outcome;
    return measure_test::sends(
        measure_test::worker_document(workload_of(command), std::stol(option(command, "-l")),
                                      std::stoi(option(command, "-w")), {2.0, 2.0, 2.0})
            .dump());
  };
  plan_.rounds = 1;
  for (const Block& block : run()) {
    for (const Sample& sample : block.samples) {
      EXPECT_EQ(sample.error, "");
      EXPECT_THAT(sample.per_cpu_seconds, ElementsAre(1.0, 2.0));
      EXPECT_THAT(sample.wall_values, ElementsAre(testing::DoubleEq(1 / 1.5)));
      EXPECT_THAT(sample.cpu_values, IsEmpty());
    }
  }
}

TEST_F(RunBlocks, OfAllCpusAtOnceBlocksAreFoundAgain) {
  settings_.cpus = {0, 1};
  settings_.all_cpus_at_once = true;
  const std::vector<Block> first = run();
  EXPECT_FALSE(runner_.commands.empty());
  const std::vector<Block> again = run();
  EXPECT_THAT(runner_.commands, IsEmpty());
  EXPECT_THAT(listener_.warnings, IsEmpty());
  EXPECT_EQ(nlohmann::json(again), nlohmann::json(first));
}

TEST_F(RunBlocks, OfAllCpusAtOnceOneThatFailsFailsTheSample) {
  settings_.cpus = {0, 1};
  settings_.all_cpus_at_once = true;
  worker_ = [](const Command& command) {
    return command.cpus == std::vector<int>{1} ? exits(1, "MemoryError") : good_worker(command);
  };
  plan_.rounds = 1;
  const std::vector<Block> blocks = run();
  for (const Sample& sample : blocks.front().samples) {
    EXPECT_THAT(sample.error, HasSubstr("MemoryError"));
    EXPECT_THAT(sample.per_cpu_seconds, IsEmpty());
  }
}

TEST_F(RunBlocks, RunsTheArmsInTheOrderThatTheSamplesSay) {
  const std::vector<Block> blocks = run();
  std::size_t next = 0;
  for (const Block& block : blocks) {
    for (const Sample& sample : block.samples) {
      EXPECT_EQ(runner_.commands.at(next++).argv.front(), "/builds/" + sample.arm + "/bin/python3");
    }
  }
}

TEST_F(RunBlocks, GivesAllArmsOfABlockTheSameEnvironmentAndEachBlockItsOwn) {
  const std::vector<Block> blocks = run();
  std::set<std::pair<int, int>> drawn;
  std::size_t next = 0;
  for (const Block& block : blocks) {
    const std::size_t bytes = environment_bytes(runner_.commands.at(next));
    for (std::size_t i = 0; i < block.samples.size(); ++i, ++next) {
      const Environment& environment = runner_.commands.at(next).environment.value();
      EXPECT_EQ(environment_bytes(runner_.commands.at(next)), bytes);
      EXPECT_EQ(environment.at("PYTHONHASHSEED"), std::to_string(block.hash_seed));
      EXPECT_EQ(environment.at("PYTUNE_PADDING").size(),
                static_cast<std::size_t>(block.padding_bytes));
    }
    EXPECT_GT(block.hash_seed, 0);
    EXPECT_LT(block.padding_bytes, 4096);
    drawn.insert({block.hash_seed, block.padding_bytes});
  }
  EXPECT_THAT(drawn, SizeIs(12));
}

TEST_F(RunBlocks, UsesTheFrozenLoopsForEveryArm) {
  run();
  for (const Command& command : runner_.commands) {
    EXPECT_EQ(option(command, "-l"), workload_of(command) == "float" ? "8" : "2");
  }
}

TEST_F(RunBlocks, DoesNotRunAgainWhatIsOnDisk) {
  const nlohmann::json first = run();
  EXPECT_TRUE(fs::exists(file("race-0003-nbody.json")));
  const nlohmann::json second = run();
  EXPECT_EQ(first, second);
  EXPECT_THAT(runner_.commands, IsEmpty());
  EXPECT_THAT(listener_.done, IsEmpty());
}

TEST_F(RunBlocks, GoesOnWhereAnInterruptedRunStopped) {
  int left = 4 * 5 + 2;  // five blocks and a half
  worker_ = [&left](const Command& command) {
    if (left-- == 0) {
      throw Interrupted();
    }
    return good_worker(command);
  };
  EXPECT_THROW(run(), Interrupted);
  EXPECT_THAT(listener_.done, SizeIs(6));  // the last of them broke off
  EXPECT_EQ(listener_.under_way, 0);
  worker_ = good_worker;
  EXPECT_THAT(run(), SizeIs(12));
  EXPECT_THAT(runner_.commands, SizeIs(4 * 7));
  EXPECT_THAT(listener_.found, Contains(HasSubstr("block 5 of 12")));
}

TEST_F(RunBlocks, AddsRoundsToAFinishedRun) {
  run();
  plan_.rounds = 5;
  EXPECT_THAT(run(), SizeIs(15));
  EXPECT_THAT(runner_.commands, SizeIs(12));
}

TEST_F(RunBlocks, MeasuresADamagedBlockAgain) {
  run();
  for (const char* damage : {"", "{", "null", "{\"schema\":2}", "\xff\xff"}) {
    std::ofstream(file("race-0001-json.json"), std::ios::trunc) << damage;
    EXPECT_THAT(run(), SizeIs(12));
    EXPECT_THAT(runner_.commands, SizeIs(4)) << damage;
    EXPECT_EQ(workload_of(runner_.commands.at(0)), "json");
    EXPECT_THAT(listener_.warnings, ElementsAre(HasSubstr("race-0001-json.json: ")));
  }
  run();
  EXPECT_THAT(runner_.commands, IsEmpty());
}

TEST_F(RunBlocks, MeasuresABlockOfOtherLoopsArmsOrSettingsAgain) {
  run();
  plan_.workloads[0].loops = 4;
  run();
  EXPECT_THAT(runner_.commands, SizeIs(16));
  plan_.arms[3].id = "slower";
  run();
  EXPECT_THAT(runner_.commands, SizeIs(48));
  settings_.values = 5;
  run();
  EXPECT_THAT(runner_.commands, SizeIs(48));
  plan_.seed = 12;
  run();
  EXPECT_THAT(runner_.commands, SizeIs(48));
  run();
  EXPECT_THAT(runner_.commands, IsEmpty());
}

TEST_F(RunBlocks, KeepsThePhasesApart) {
  const nlohmann::json race = run();
  plan_.phase = Phase::confirm;
  const std::vector<Block> confirm = run();
  EXPECT_THAT(runner_.commands, SizeIs(48));
  EXPECT_EQ(confirm.at(0).phase, Phase::confirm);
  plan_.phase = Phase::race;
  EXPECT_EQ(nlohmann::json(run()), race);
}

TEST_F(RunBlocks, GivesAnArmUpOnAWorkloadAfterTwoFailures) {
  worker_ = [](const Command& command) {
    return workload_of(command) == "json" && command.argv.front().find("slow") != std::string::npos
               ? exits(1, "MemoryError")
               : good_worker(command);
  };
  const std::vector<Block> blocks = run();
  EXPECT_THAT(runner_.commands, SizeIs(46));
  std::vector<std::string> errors;
  for (const Block& block : blocks) {
    for (const Sample& sample : block.samples) {
      if (block.workload == "json" && sample.arm == "slow") {
        errors.push_back(sample.error);
      } else {
        EXPECT_EQ(sample.error, "");
      }
    }
  }
  const std::string failed = "worker failed: exit status 1: MemoryError";
  EXPECT_THAT(errors, ElementsAre(failed, failed, "not run: failed in rounds 0 and 1: " + failed,
                                  StartsWith("not run: ")));
  EXPECT_THAT(listener_.warnings,
              ElementsAre("slow failed on json in 2 rounds and is not run on it again: " + failed));
  EXPECT_THAT(
      failure_notes(blocks),
      ElementsAre("slow failed on json in 2 of 4 rounds (not run again after the second): " +
                  failed));
}

TEST_F(RunBlocks, RemembersFailuresFoundOnDisk) {
  worker_ = [](const Command&) { return exits(1); };
  plan_.rounds = 2;
  run();
  EXPECT_THAT(runner_.commands, SizeIs(24));
  plan_.rounds = 4;
  EXPECT_THAT(run(), SizeIs(12));
  EXPECT_THAT(runner_.commands, IsEmpty());
}

TEST_F(RunBlocks, GoesOnWithAnArmThatFailedOnce) {
  bool failed = false;
  worker_ = [&failed](const Command& command) {
    const bool now = !failed && workload_of(command) == "json";
    failed = failed || now;
    return now ? exits(1) : good_worker(command);
  };
  const std::vector<Block> blocks = run();
  EXPECT_THAT(runner_.commands, SizeIs(48));
  EXPECT_THAT(listener_.warnings, IsEmpty());
  EXPECT_THAT(failure_notes(blocks),
              ElementsAre(HasSubstr("in 1 of 4 rounds: worker failed: exit status 1")));
}

TEST_F(RunBlocks, RefusesNamesThatWouldLeaveTheDirectory) {
  plan_.workloads[0].name = "../escape";
  EXPECT_THROW(run(), std::invalid_argument);
  plan_.workloads[0].name = "json";  // a second time
  EXPECT_THROW(run(), std::invalid_argument);
}

TEST_F(RunBlocks, LeavesSkippedArmsOutOfTheBlocksOfThatWorkloadAlone) {
  plan_.skipped = {{"json", "fast", "no numpy"}};
  const std::vector<Block> blocks = run();
  EXPECT_THAT(blocks, SizeIs(12));
  for (const Block& block : blocks) {
    std::set<std::string> arms;
    std::set<int> positions;
    for (const Sample& sample : block.samples) {
      arms.insert(sample.arm);
      positions.insert(sample.position);
      EXPECT_EQ(sample.error, "");
    }
    EXPECT_EQ(arms.contains("fast"), block.workload != "json");
    EXPECT_THAT(positions, SizeIs(block.samples.size()));
    EXPECT_LT(*positions.rbegin(), static_cast<int>(block.samples.size()));
  }
  run();
  EXPECT_THAT(runner_.commands, IsEmpty());
}

TEST_F(RunBlocks, MakesNoBlockOfAWorkloadThatAllSkip) {
  for (const Arm& one : plan_.arms) plan_.skipped.push_back({"json", one.id, "no numpy"});
  EXPECT_THAT(run(), SizeIs(8));
  EXPECT_THAT(listener_.done.back(), HasSubstr("block 8 of 8"));
}

}  // namespace
}  // namespace pytune
