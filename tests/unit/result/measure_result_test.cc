#include "result/measure_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.h"
#include "unit/result/sample_measurement.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(MeasureJson, SurvivesTheRoundTrip) {
  const std::string text = json(test::sample_measurement()).dump();
  const auto after = json::parse(text).get<MeasureResult>();
  EXPECT_EQ(json(after).dump(), text);
  EXPECT_EQ(after.measurement.arms[3].interpreter.implementation, "PyPy");
  EXPECT_EQ(after.comparison.arms[1].verdict, Verdict::faster);
  EXPECT_EQ(after.measurement.blocks.size(), 6);
}

std::string problem_at(const std::string& pointer, const json& value) {
  json bad = test::sample_measurement();
  bad[json::json_pointer(pointer)] = value;
  try {
    static_cast<void>(bad.get<MeasureResult>());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(none)";
}

TEST(MeasureJson, SaysWhereItIsDamaged) {
  const json twice = json::array({json(test::sample_measurement())["interpreters"][0],
                                  json(test::sample_measurement())["interpreters"][0]});
  const std::vector<std::tuple<std::string, json, std::string>> spoilt = {
      {"/kind", "sweep", "kind"},
      {"/schema", 2, "schema: 2 is not 1"},
      {"/evidence", "guessed", "evidence"},
      {"/looks", 0, "looks"},
      {"/minutes", -1, "minutes"},
      {"/host/cpus", 1e30, "host.cpus"},
      {"/host/os", 1, "host"},
      {"/interpreters", json::array(), "interpreters"},
      {"/interpreters", twice, "\"base-1\" is no arm, or there twice"},
      {"/interpreters/0/arm", "fast-2", "the baseline does not come first"},
      {"/measurement/arms/0/role", "candidate", "its baseline"},
      {"/measurement/arms/1/role", "baseline", "its baseline"},
      {"/measurement/blocks/0/samples/0/wall_values/0", -1, "measurement.blocks[0]"},
      {"/comparison/arms/0/arm", "nobody", "\"nobody\" is no arm"},
      {"/comparison/arms/0/arm", "base-1", "\"base-1\" is no arm, or there twice"},
      {"/comparison/arms/1/speed/low", 9, "comparison.arms[1].speed"},
      {"/comparison/baseline", "fast-2", "its baseline"}};
  for (const auto& [pointer, value, words] : spoilt)
    EXPECT_THAT(problem_at(pointer, value), HasSubstr(words)) << pointer;
  EXPECT_THROW(json("text").get<MeasureResult>(), UsageError);
  EXPECT_THROW(json::object().get<MeasureResult>(), UsageError);
}

TEST(MeasureResultOfASweep, IsItsRace) {
  const SweepResult sweep = test::sample_result();
  const MeasureResult result = measure_result_of(sweep);
  EXPECT_NO_THROW(require_consistent(result));
  EXPECT_EQ(result.measurement.arms.front().id, test::kBaseline);
  EXPECT_EQ(result.measurement.arms.front().interpreter.version, "3.13.5");
  EXPECT_EQ(result.comparison.arms.size(), sweep.race.arms.size());
  const auto* system = find_arm(result, "system");
  ASSERT_NE(system, nullptr);
  EXPECT_EQ(system->interpreter.name, "/usr/bin/python3");
  EXPECT_EQ(system->interpreter.version, "3.11.2");
  for (const Block& block : result.measurement.blocks) EXPECT_EQ(block.phase, Phase::race);
  const json document = result;
  EXPECT_EQ(json(document.get<MeasureResult>()).dump(), document.dump());
}

}  // namespace
}  // namespace pytune
