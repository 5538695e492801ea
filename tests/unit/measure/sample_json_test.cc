#include <gmock/gmock.h>

#include <limits>

#include "measure/sample.h"
#include "sys/error.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Measurement recorded() {
  Measurement all;
  all.arms = {{"baseline", "gcc-12 O2", {"/a/bin/python3"}, Arm::Role::baseline},
              {"baseline-copy", "the same", {"/b/bin/python3"}, Arm::Role::copy},
              {"0123456789abcdef", "clang-19 \"O3\"", {"/c/bin/python3"}, Arm::Role::candidate},
              {"system", "Debian's", {"/usr/bin/python3"}, Arm::Role::reference}};
  all.workloads = {{"nbody", "/suite/nbody.py", "pure-python", 8}};
  Block block = {3, Phase::race, "nbody", 77, 4095, 0.25, 1.5, {}};
  block.samples.push_back({"system", 0, {0.125, 0.1}, {0.5, 1e-9}, 2.5, 2.25, 9000, 4, ""});
  block.samples.push_back(
      {"baseline", 1, {}, {}, 0.5, 0.25, 8000, 0, "worker failed: exit status 1"});
  all.blocks = {block};
  all.notes = {"baseline failed on nbody"};
  all.skipped = {{"matmul", "system", "no numpy"}};
  return all;
}

// Message of the error that reading the example gives once `path` holds `value`.
std::string error_with(const char* path, const json& value) {
  json document = recorded();
  document[json::json_pointer(path)] = value;
  try {
    (void)document.get<Measurement>();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::string error_without(const std::string& parent, const char* key) {
  json document = recorded();
  document[json::json_pointer(parent)].erase(key);
  try {
    (void)document.get<Measurement>();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(SampleJson, RoundTripsAWholeMeasurement) {
  const json document = recorded();
  const auto text = document.dump();
  const auto again = json::parse(text).get<Measurement>();
  EXPECT_EQ(json(again), document);
  EXPECT_EQ(again.arms.at(1).role, Arm::Role::copy);
  EXPECT_EQ(again.arms.at(3).role, Arm::Role::reference);
  EXPECT_EQ(again.blocks.at(0).samples.at(0).cpu_values.at(1), 1e-9);
  EXPECT_EQ(again.blocks.at(0).samples.at(1).error, "worker failed: exit status 1");
  EXPECT_EQ(again.blocks.at(0).padding_bytes, 4095);
  EXPECT_EQ(again.workloads.at(0).loops, 8);
}

TEST(SampleJson, KeepsCountersAndReadsRecordsFromBeforeThereWereAny) {
  Measurement all = recorded();
  EXPECT_FALSE(json(all)["blocks"][0]["samples"][0].contains("counters"));
  all.blocks[0].samples[0].counters["L1-icache-load-misses"] = {12, 33.5};
  const auto again = json::parse(json(all).dump()).get<Measurement>();
  EXPECT_EQ(again.blocks[0].samples[0].counters.at("L1-icache-load-misses").value, 12);
  EXPECT_EQ(again.blocks[0].samples[0].counters.at("L1-icache-load-misses").running, 33.5);
  EXPECT_TRUE(again.blocks[0].samples[1].counters.empty());
}

TEST(SampleJson, KeepsFrequencyAndTemperatureWhereTheyAreKnown) {
  Measurement all = recorded();
  EXPECT_FALSE(json(all)["blocks"][0].contains("cpu_megahertz"));
  EXPECT_FALSE(json(all)["blocks"][0].contains("celsius"));
  all.blocks[0].cpu_megahertz = 2600.5;
  all.blocks[0].celsius = 61;
  const auto again = json::parse(json(all).dump()).get<Measurement>();
  EXPECT_EQ(again.blocks[0].cpu_megahertz, 2600.5);
  EXPECT_EQ(again.blocks[0].celsius, 61);
  EXPECT_THAT(error_with("/blocks/0/cpu_megahertz", "fast"), HasSubstr("cpu_megahertz: expected"));
  EXPECT_THAT(error_with("/blocks/0/celsius", -1), HasSubstr("celsius: expected"));
}

TEST(SampleJson, RefusesCountersThatAreNoCounts) {
  const char* counters = "/blocks/0/samples/0/counters";
  const auto one = [](const json& value, const json& running) {
    return json{{"cycles", {{"value", value}, {"running", running}}}};
  };
  EXPECT_EQ(error_with(counters, one(5, 100)), "");
  EXPECT_THAT(error_with(counters, one(-1, 100)), HasSubstr("counters.cycles.value: expected"));
  EXPECT_THAT(error_with(counters, one(1.5, 100)), HasSubstr("counters.cycles.value: expected"));
  EXPECT_THAT(error_with(counters, one(5, 101)), HasSubstr("counters.cycles.running: expected"));
  EXPECT_THAT(error_with(counters, json::array()), HasSubstr("expected an object"));
  EXPECT_THAT(error_with(counters, {{"../x", {}}}), HasSubstr("without a proper name"));
}

TEST(SampleJson, ReadsEachPartByItself) {
  const json document = recorded();
  EXPECT_EQ(document["arms"][0].get<Arm>().role, Arm::Role::baseline);
  EXPECT_EQ(document["workloads"][0].get<Workload>().name, "nbody");
  EXPECT_EQ(document["blocks"][0].get<Block>().samples.size(), 2);
  EXPECT_EQ(document["blocks"][0]["samples"][0].get<Sample>().max_rss_kib, 9000);
}

TEST(SampleJson, SaysWhereAWrongValueStands) {
  EXPECT_EQ(error_with("/blocks/0/samples/0/wall_values/1", -1),
            "blocks[0].samples[0].wall_values[1]: expected a number from 0 to 1000000000, got -1");
  EXPECT_EQ(error_with("/arms/2/role", "winner"),
            "arms[2].role: expected one of \"baseline\", \"copy\", \"candidate\", \"reference\", "
            "got \"winner\"");
  EXPECT_EQ(error_without("/blocks/0", "padding_bytes"), "blocks[0].padding_bytes: missing");
}

TEST(SampleJson, RefusesTimesThatAreNotTimes) {
  for (const json& value :
       {json(0), json(-0.0), json(-1e-9), json(1e10), json("1"), json(), json::array()}) {
    EXPECT_THAT(error_with("/blocks/0/samples/0/wall_values/0", value), HasSubstr("wall_values[0]"))
        << value;
    EXPECT_THAT(error_with("/blocks/0/samples/0/cpu_values/0", value), HasSubstr("cpu_values[0]"))
        << value;
  }
  json document = recorded();
  document["blocks"][0]["load1"] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)document.get<Measurement>(), UsageError);
}

TEST(SampleJson, RefusesWrongTypesOfEveryField) {
  for (const char* path : {"/arms",
                           "/arms/0",
                           "/arms/0/id",
                           "/arms/0/label",
                           "/arms/0/python",
                           "/workloads",
                           "/workloads/0/name",
                           "/workloads/0/script",
                           "/workloads/0/kind",
                           "/workloads/0/loops",
                           "/blocks",
                           "/blocks/0/round",
                           "/blocks/0/phase",
                           "/blocks/0/workload",
                           "/blocks/0/hash_seed",
                           "/blocks/0/padding_bytes",
                           "/blocks/0/steal_seconds",
                           "/blocks/0/load1",
                           "/blocks/0/samples",
                           "/blocks/0/samples/0/arm",
                           "/blocks/0/samples/0/position",
                           "/blocks/0/samples/0/wall_values",
                           "/blocks/0/samples/0/cpu_values",
                           "/blocks/0/samples/0/process_wall_seconds",
                           "/blocks/0/samples/0/process_cpu_seconds",
                           "/blocks/0/samples/0/max_rss_kib",
                           "/blocks/0/samples/0/involuntary_switches",
                           "/blocks/0/samples/0/error",
                           "/notes"}) {
    EXPECT_NE(error_with(path, json::object({{"x", 1}})), "") << path;
    EXPECT_NE(error_with(path, nullptr), "") << path;
  }
}

TEST(SampleJson, RefusesIntegersOutOfRange) {
  const json huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(error_with("/blocks/0/round", -1), HasSubstr("blocks[0].round"));
  EXPECT_THAT(error_with("/blocks/0/hash_seed", 4294967296), HasSubstr("blocks[0].hash_seed"));
  EXPECT_THAT(error_with("/blocks/0/samples/0/max_rss_kib", huge), HasSubstr("max_rss_kib"));
  EXPECT_THAT(error_with("/workloads/0/loops", -1), HasSubstr("workloads[0].loops"));
  EXPECT_THAT(error_with("/blocks/0/round", 1.5), HasSubstr("blocks[0].round"));
}

TEST(SampleJson, RefusesNamesThatAreNoFileNames) {
  for (const char* name : {"", "..", "../x", "a/b", ".hidden", "-option", "a b", "\xff"}) {
    EXPECT_THAT(error_with("/workloads/0/name", name), HasSubstr("workloads[0].name")) << name;
  }
}

TEST(SampleJson, RefusesAGoodSampleWithoutValuesOrWithFewerCpuValues) {
  EXPECT_THAT(error_with("/blocks/0/samples/0/wall_values", json::array()),
              HasSubstr("wall_values: empty"));
  EXPECT_THAT(error_with("/blocks/0/samples/0/cpu_values", json::array({1.0})),
              HasSubstr("not as many"));
}

TEST(SampleJson, KeepsASampleThatWasCountedAndHasNoTimes) {
  Measurement all = recorded();
  Sample& sample = all.blocks[0].samples[0];
  sample.wall_values.clear();
  sample.cpu_values.clear();
  sample.counters["instructions"] = {1'000'000, 100};
  const auto again = json::parse(json(all).dump()).get<Measurement>();
  EXPECT_EQ(again.blocks[0].samples[0].counters.at("instructions").value, 1'000'000);
}

TEST(SampleJson, RefusesABlockWithAnArmOrAPlaceTwice) {
  EXPECT_THAT(error_with("/blocks/0/samples/1/arm", "system"), HasSubstr("does not fit"));
  EXPECT_THAT(error_with("/blocks/0/samples/1/position", 0), HasSubstr("does not fit"));
  EXPECT_THAT(error_with("/blocks/0/samples/1/position", 2), HasSubstr("does not fit"));
}

TEST(SampleJson, RefusesNamesThatNothingDeclares) {
  EXPECT_EQ(error_with("/blocks/0/workload", "float"),
            "blocks[0].workload: \"float\" is not among the workloads");
  EXPECT_EQ(error_with("/blocks/0/samples/1/arm", "other"),
            "blocks[0].samples: \"other\" is not among the arms");
  EXPECT_EQ(error_with("/arms/1/id", "baseline"), "arms[1].id: \"baseline\" a second time");
}

TEST(SampleJson, KeepsWhatWasSkippedAndReadsRecordsWithoutIt) {
  json document = recorded();
  const auto again = document.get<Measurement>();
  ASSERT_EQ(again.skipped.size(), 1);
  EXPECT_EQ(again.skipped[0].workload, "matmul");
  EXPECT_EQ(again.skipped[0].reason, "no numpy");
  EXPECT_NE(find_skipped(again.skipped, "matmul", "system"), nullptr);
  EXPECT_EQ(find_skipped(again.skipped, "matmul", "baseline"), nullptr);
  document.erase("skipped");
  EXPECT_TRUE(document.get<Measurement>().skipped.empty());
}

TEST(SampleJson, RefusesASkippedRowWithoutReasonOrOfNobody) {
  EXPECT_THAT(error_with("/skipped/0/reason", ""), HasSubstr("skipped[0].reason"));
  EXPECT_THAT(error_with("/skipped/0/arm", "nobody"),
              HasSubstr("skipped[0].arm: \"nobody\" is not among the arms"));
}

TEST(SampleJson, KeepsWhatAWorkloadNeeds) {
  Workload workload = {"jacobi", "/suite/jacobi.py", "numeric"};
  workload.build = {"/suite/compile.py", "/suite/jacobi.c"};
  workload.needs = {{"/dev/card0", "no card"}};
  workload.clock = Clock::wall;
  const auto again = json(workload).get<Workload>();
  EXPECT_EQ(again.build, workload.build);
  EXPECT_EQ(again.needs, workload.needs);
  EXPECT_EQ(again.clock, Clock::wall);
}

}  // namespace
}  // namespace pytune
