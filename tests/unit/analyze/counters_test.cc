#include "analyze/counters.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Sample sample(const std::string& arm, std::map<std::string, Count> counters) {
  Sample one;
  one.arm = arm;
  one.wall_values = {1};
  one.counters = std::move(counters);
  return one;
}

Block block(int round, const std::string& workload, std::vector<Sample> samples) {
  Block one;
  one.round = round;
  one.phase = Phase::counters;
  one.workload = workload;
  one.samples = std::move(samples);
  return one;
}

Measurement measurement() {
  Measurement all;
  all.arms = {{"base", "", {}, Arm::Role::baseline}, {"fast", "", {}}};
  all.workloads = {{"short", "", "", 1}, {"long", "", "", 1}};
  all.blocks = {
      block(0, "short",
            {sample("base", {{"instructions", {1000}}, {"cycles", {500}}}),
             sample("fast", {{"instructions", {500}}, {"cycles", {250}}})}),
      block(1, "short",
            {sample("base", {{"instructions", {1000}}, {"branch-misses", {10}}}),
             sample("fast", {{"instructions", {500}}, {"branch-misses", {4, 60}}})}),
      block(0, "long",
            {sample("base", {{"instructions", {100000}}, {"cycles", {100000}}}),
             sample("fast", {{"instructions", {200000}}, {"cycles", {100000}}})}),
      block(1, "long",
            {sample("base", {{"instructions", {100000}}, {"branch-misses", {3000}}}),
             sample("fast", {{"instructions", {200000}}, {"branch-misses", {800}}})}),
  };
  return all;
}

TEST(Counters, CompareInstructionsWithinABlockEachWorkloadWeighingTheSame) {
  const auto result = compare_counters(measurement(), {});
  ASSERT_THAT(result.arms, SizeIs(2));
  EXPECT_DOUBLE_EQ(*result.arms[0].instructions, 1);
  // A half and a double.
  EXPECT_NEAR(*result.arms[1].instructions, 1, 1e-12);
  EXPECT_EQ(result.arms[1].processes, 4);
  EXPECT_THAT(result.workloads, ElementsAre("short", "long"));
}

TEST(Counters, GiveRatesPerInstructionOfTheSamePass) {
  const auto result = compare_counters(measurement(), {});
  EXPECT_DOUBLE_EQ(rate_of(result.arms[0], "branch-misses")->per_1000, (10 + 30) / 2.0);
  EXPECT_DOUBLE_EQ(rate_of(result.arms[1], "branch-misses")->per_1000, (8 + 4) / 2.0);
  // 0.5 and 1 cycles per instruction, then 0.5 twice.
  EXPECT_DOUBLE_EQ(*result.arms[0].ipc, 1 / 0.75);
  EXPECT_DOUBLE_EQ(*result.arms[1].ipc, 2);
}

TEST(Counters, KeepRawTotalsAndTheWorstMultiplexing) {
  const auto result = compare_counters(measurement(), {});
  const EventRate* misses = rate_of(result.arms[1], "branch-misses");
  EXPECT_EQ(misses->total.value, 804);
  EXPECT_DOUBLE_EQ(misses->total.running, 60);
  const nlohmann::json j = result;
  EXPECT_EQ(j["evidence"], "measured");
  EXPECT_EQ(j["arms"][1]["events"]["branch-misses"]["total"], 804);
  EXPECT_EQ(j["arms"][1]["events"]["branch-misses"]["multiplexed"], true);
  EXPECT_EQ(j["arms"][0]["events"]["branch-misses"]["multiplexed"], false);
}

TEST(Counters, LeaveAWorkloadOutForAllWhereOneArmHasNoCount) {
  Measurement all = measurement();
  all.blocks[3].samples[1].error = "crashed";
  const auto result = compare_counters(all, {});
  EXPECT_DOUBLE_EQ(rate_of(result.arms[0], "branch-misses")->per_1000, 10);
  EXPECT_DOUBLE_EQ(rate_of(result.arms[1], "branch-misses")->per_1000, 8);
  EXPECT_DOUBLE_EQ(*result.arms[0].ipc, 1 / 0.75);
}

TEST(Counters, AnArmThatWasNeverCountedHasNoRowAndTakesNothingFromTheOthers) {
  Measurement all = measurement();
  for (Block& one : all.blocks) one.samples[1].error = "crashed";
  const auto result = compare_counters(all, {});
  ASSERT_THAT(result.arms, SizeIs(1));
  EXPECT_DOUBLE_EQ(rate_of(result.arms[0], "branch-misses")->per_1000, 20);
}

TEST(Counters, DoNotLookAtBlocksThatMeasuredTimes) {
  Measurement all = measurement();
  for (Block& one : all.blocks) one.phase = Phase::race;
  EXPECT_THAT(compare_counters(all, {}).arms, IsEmpty());
}

TEST(Counters, NameTheFormulasOfTheCore) {
  Measurement all = measurement();
  for (Block& one : all.blocks)
    for (Sample& process : one.samples)
      process.counters = {{"INST_RETIRED", {1000}},      {"CPU_CYCLES", {1000}},
                          {"OP_RETIRED", {900}},         {"OP_SPEC", {1000}},
                          {"STALL_SLOT", {2000}},        {"STALL_SLOT_FRONTEND", {1500}},
                          {"STALL_SLOT_BACKEND", {500}}, {"BR_MIS_PRED", {10}}};
  const auto result = compare_counters(all, {0x41, 0xd49, 0, 3});
  ASSERT_TRUE(result.arms[0].top_down);
  EXPECT_EQ(result.arms[0].top_down->formulas, "neoverse-n2");
  EXPECT_NEAR(result.arms[0].top_down->shares[0].value, 0.9 * 0.6, 1e-12);
}

}  // namespace
}  // namespace pytune
