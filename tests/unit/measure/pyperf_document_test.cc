#include "measure/pyperf_document.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

using measure_test::arm;
using measure_test::workload;
using nlohmann::json;

Sample good(const std::string& name, int position, std::vector<double> values) {
  Sample sample;
  sample.arm = name;
  sample.position = position;
  sample.wall_values = std::move(values);
  sample.max_rss_kib = 9000;
  return sample;
}

Sample bad(const std::string& name, int position) {
  Sample sample;
  sample.arm = name;
  sample.position = position;
  sample.error = "worker failed: exit status 1";
  return sample;
}

Block block(int round, const std::string& name, std::vector<Sample> samples) {
  return {round, Phase::race, name, 7 + round, 100, 0, 0.5, std::move(samples)};
}

Measurement example() {
  Measurement all;
  all.arms = {arm("baseline"), arm("fast")};
  all.arms[1].label = "  two\nlines ";
  all.workloads = {workload("nbody", 8), workload("float", 0), workload("never")};
  all.blocks = {block(0, "nbody", {good("baseline", 0, {2, 2.5}), good("fast", 1, {1, 1.5})}),
                block(0, "float", {good("fast", 0, {3, 3}), good("baseline", 1, {4, 4})}),
                block(0, "never", {good("fast", 0, {3, 3}), bad("baseline", 1)}),
                block(1, "nbody", {good("fast", 0, {1, 1}), bad("baseline", 1)}),
                block(2, "nbody", {good("fast", 0, {1, 1})}),
                block(3, "nbody", {good("fast", 0, {1, 1}), good("baseline", 1, {2})}),
                block(4, "nbody", {good("fast", 0, {1.25, 1}), good("baseline", 1, {2, 2})})};
  return all;
}

std::size_t value_count(const json& benchmark) {
  std::size_t count = 0;
  for (const json& run : benchmark.at("runs")) {
    count += run.at("values").size();
  }
  return count;
}

TEST(PyperfDocument, HasTheShapeThatPyperfReads) {
  const json document = pyperf_document(example(), "fast");
  EXPECT_EQ(document.at("version"), "1.0");
  EXPECT_EQ(document.at("metadata").at("unit"), "second");
  EXPECT_EQ(document.at("metadata").at("python_executable"), "/builds/fast/bin/python3");
  const json& benchmark = document.at("benchmarks").at(0);
  EXPECT_EQ(benchmark.at("metadata"), json({{"name", "nbody"}, {"loops", 8}}));
  EXPECT_EQ(benchmark.at("runs").at(0).at("values"), json({1.0, 1.5}));
  EXPECT_EQ(benchmark.at("runs").at(0).at("metadata").at("mem_max_rss"), 9000 * 1024);
  EXPECT_EQ(benchmark.at("runs").at(0).at("metadata").at("python_hash_seed"), 7);
}

TEST(PyperfDocument, CountsABlockOnlyWhenAllArmsHaveIt) {
  const json fast = pyperf_document(example(), "fast");
  const json baseline = pyperf_document(example(), "baseline");
  ASSERT_EQ(fast.at("benchmarks").size(), 2);
  ASSERT_EQ(baseline.at("benchmarks").size(), 2);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(fast["benchmarks"][i]["metadata"], baseline["benchmarks"][i]["metadata"]);
    EXPECT_EQ(value_count(fast["benchmarks"][i]), value_count(baseline["benchmarks"][i]));
  }
  EXPECT_EQ(value_count(fast["benchmarks"][0]), 4);
}

// pyperf refuses metadata that are empty or have several lines, and loops below 1.
TEST(PyperfDocument, HoldsOnlyMetadataThatPyperfAccepts) {
  Measurement measurement = example();
  EXPECT_EQ(pyperf_document(measurement, "fast").at("metadata").at("pytune_label"), "two lines");
  EXPECT_FALSE(
      pyperf_document(measurement, "fast").at("benchmarks").at(1).at("metadata").contains("loops"));
  measurement.arms[1].label = " \n";
  EXPECT_FALSE(pyperf_document(measurement, "fast").at("metadata").contains("pytune_label"));
}

TEST(PyperfDocument, RefusesAnUnknownArmAndAnEmptyMeasurement) {
  EXPECT_THROW((void)pyperf_document(example(), "other"), Failure);
  Measurement nothing = example();
  nothing.blocks.clear();
  EXPECT_THROW((void)pyperf_document(nothing, "fast"), Failure);
}

TEST(PyperfDocument, LeavesASkippedWorkloadOutOfThatArmsFileAlone) {
  Measurement all = example();
  all.arms.push_back(arm("without"));
  all.blocks = {
      block(0, "nbody", {good("baseline", 0, {2}), good("fast", 1, {1})}),
      block(0, "float", {good("baseline", 0, {2}), good("fast", 1, {1}), good("without", 2, {3})})};
  all.skipped = {{"nbody", "without", "no numpy"}};
  EXPECT_EQ(pyperf_document(all, "fast").at("benchmarks").size(), 2);
  EXPECT_EQ(pyperf_document(all, "without").at("benchmarks").size(), 1);
  all.skipped.clear();
  EXPECT_EQ(pyperf_document(all, "fast").at("benchmarks").size(), 1);
}

}  // namespace
}  // namespace pytune
