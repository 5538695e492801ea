#include "result/sweep_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "result/measure_result.h"
#include "sys/error.h"
#include "sys/files.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

SweepResult full_result() {
  SweepResult result = test::sample_result();
  test::add_slower_build(result);
  test::add_unclear_build(result);
  test::add_failed_build(result);
  test::add_dropped_points(result);
  test::add_rebuilds(result);
  test::add_numeric(result);
  return result;
}

std::string reading_error(const json& document) {
  try {
    document.get<SweepResult>();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ResultJson, RoundTrip) {
  const json first = full_result();
  const auto read = json::parse(first.dump()).get<SweepResult>();
  EXPECT_EQ(json(read), first);
  EXPECT_EQ(read.dropped.at(0).configuration, full_result().dropped.at(0).configuration)
      << "order of axes";
  EXPECT_EQ(read.recommendation.arm, test::kWinner);
  EXPECT_EQ(read.recommendation.rebuilds, 3);
  ASSERT_TRUE(read.rebuilds && read.rebuilds->comparison);
  EXPECT_EQ(read.rebuilds->builds.at(2).rebuild, 3);
  ASSERT_TRUE(read.numeric && read.numeric->networks.size() == 2);
  EXPECT_EQ(read.numeric->networks.at(1).same_largest, 3);
  EXPECT_EQ(read.numeric->comparison.arms.at(0).speed.estimate,
            full_result().numeric->comparison.arms.at(0).speed.estimate);
  ASSERT_TRUE(read.confirm);
  EXPECT_EQ(read.confirm->arms.at(0).speed.low, full_result().confirm->arms.at(0).speed.low);
}

// Records that 0.1.0 left in a store (tests/golden/store): nothing of them may be lost or renamed.
TEST(ResultJson, ResultsOfEarlierVersionsAreReadAsTheyWere) {
  const auto details = [](const char* file) {
    const fs::path path = fs::path(PYTUNE_SOURCE_DIR) / "tests" / "golden" / "store" / file;
    return json::parse(read_file(path)).at("details");
  };
  const json sweep = details("sweep-0.1.0.json");
  EXPECT_EQ(json(sweep.get<SweepResult>()), sweep);
  const json measurement = details("measurement-0.1.0.json");
  EXPECT_EQ(json(measurement.get<MeasureResult>()), measurement);
}

TEST(ResultJson, OfASweepWhereNothingRanIsReadWhateverItsLevel) {
  SweepResult result = test::sample_result();
  for (ArmComparison& arm : result.race.arms) arm.workloads.clear();
  json document = result;
  document["evidence"] = "counted";
  EXPECT_NO_THROW(document.get<SweepResult>());
  document = test::sample_result();
  document["evidence"] = "counted";
  EXPECT_THROW(document.get<SweepResult>(), UsageError);
}

TEST(ResultJson, RoundTripWithoutConfirmation) {
  SweepResult result = test::sample_result();
  test::take_winner_away(result);
  const json first = result;
  EXPECT_FALSE(first.contains("confirm"));
  EXPECT_EQ(json(first.get<SweepResult>()), first);
}

void expect_evidence(const json& j, int& intervals) {
  if (j.is_object() && j.contains("estimate")) {
    EXPECT_EQ(j.value("evidence", ""), "measured") << j;
    ++intervals;
  }
  if (j.is_structured())
    for (const auto& child : j) expect_evidence(child, intervals);
}

TEST(ResultJson, EveryFigureCarriesItsEvidence) {
  const json document = full_result();
  EXPECT_EQ(document.at("schema"), 1);
  EXPECT_EQ(document.at("evidence"), "measured");
  int intervals = 0;
  expect_evidence(document, intervals);
  EXPECT_GT(intervals, 20);
}

TEST(ResultJson, OtherSchemasAndDamageAreNamed) {
  EXPECT_THAT(reading_error(json::object()), testing::HasSubstr("no schema number"));
  EXPECT_THAT(reading_error(json::array()), testing::HasSubstr("no schema number"));
  json document = full_result();
  document["schema"] = 2;
  EXPECT_THAT(reading_error(document), testing::HasSubstr("result schema 2 is not 1"));
  document = full_result();
  document.erase("race");
  EXPECT_THAT(reading_error(document), testing::HasSubstr("damaged"));
  document = full_result();
  document["warnings"] = 7;
  EXPECT_THAT(reading_error(document), testing::HasSubstr("damaged"));
}

}  // namespace
}  // namespace pytune
