#include "result/merged_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/pyperf_document.h"
#include "report/export.h"
#include "sys/error.h"
#include "unit/result/sample_measurement.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

// A pyperf file of the benchmark nbody, one process per value.
PyperfFile pyperf_file(const std::string& name, const std::vector<double>& seconds) {
  PyperfFile file;
  file.name = name;
  file.python = "3.12.1 (64-bit)";
  PyperfBenchmark benchmark{.name = "nbody", .runs = {}};
  for (const double value : seconds) benchmark.runs.push_back({value});
  file.benchmarks = {benchmark};
  return file;
}

std::string refused(const std::vector<NamedResult>& results) {
  try {
    static_cast<void>(merged(results));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(none)";
}

TEST(Merged, ASingleResultIsHandedBackAsItIs) {
  const MeasureResult result = test::sample_measurement();
  EXPECT_EQ(json(merged({{"a", result}})), json(result));
}

TEST(Merged, ASinglePyperfFileIsComparedWithNothing) {
  EXPECT_THAT(refused({{"a.json", pyperf_file("a.json", {1})}}), HasSubstr("give a second one"));
}

TEST(Merged, TwoResultsAreComparedInterpreterByInterpreter) {
  MeasureResult later = test::sample_measurement();
  for (Block& block : later.measurement.blocks)
    for (Sample& sample : block.samples)
      for (auto* values : {&sample.wall_values, &sample.cpu_values})
        for (double& value : *values) value /= 2;
  const MeasureResult result = merged({{"one", test::sample_measurement()}, {"two", later}});
  EXPECT_NO_THROW(require_consistent(result));
  ASSERT_EQ(result.measurement.arms.size(), 6);  // no copy among them
  EXPECT_EQ(result.measurement.arms[0].interpreter.name, "/usr/bin/python3 [one]");
  EXPECT_EQ(result.measurement.arms[3].interpreter.name, "/usr/bin/python3 [two]");
  EXPECT_EQ(result.comparison.clock, Clock::cpu);
  // Rows: fast and odd of the first, then all three of the second, which are twice as fast.
  ASSERT_EQ(result.comparison.arms.size(), 5);
  EXPECT_NEAR(result.comparison.arms[0].speed.estimate, 1.25, 1e-9);
  EXPECT_NEAR(result.comparison.arms[2].speed.estimate, 2, 1e-9);
  EXPECT_NEAR(result.comparison.arms[3].speed.estimate, 2.5, 1e-9);
  EXPECT_THAT(result.measurement.notes, Contains(HasSubstr("measured one after the other")));
}

TEST(Merged, OursAndPyperfsAreComparedInWallTime) {
  const MeasureResult result = merged(
      {{"ours", test::sample_measurement()}, {"a.json", pyperf_file("a.json", {0.2, 0.2, 0.2})}});
  EXPECT_EQ(result.comparison.clock, Clock::wall);
  EXPECT_EQ(result.measurement.arms.back().interpreter.version, "3.12.1");
  EXPECT_NEAR(result.comparison.arms.back().speed.estimate, 0.102 / 0.2, 0.01);
  EXPECT_THAT(result.measurement.notes, Contains(HasSubstr("measured one after the other")));
}

// What was exported and comes back was interleaved after all.
TEST(Merged, AnExportedFileAndItsOriginTookTurns) {
  const MeasureResult origin = test::sample_measurement();
  const auto files = pyperf_files(origin, false);
  const auto file = parse_pyperf_file(files.at(2).text, files.at(2).name);
  const MeasureResult result = merged({{"ours", origin}, {"fast-2.json", file}});
  EXPECT_THAT(result.measurement.notes, Each(Not(HasSubstr("one after the other"))));
}

TEST(Merged, SaysWhereMachinesAndSuitesDiffer) {
  MeasureResult other = test::sample_measurement();
  other.host.cpu_model = "Neoverse-V2";
  other.suite = "mine";
  const auto notes =
      merged({{"one", test::sample_measurement()}, {"two", other}}).measurement.notes;
  EXPECT_THAT(notes, Contains(HasSubstr("measured on another machine")));
  EXPECT_THAT(notes, Contains(HasSubstr("two was measured on the suite mine instead of builtin")));
}

TEST(Merged, WhatAnEmulatorRanIsLabelledInEveryFormat) {
  PyperfFile emulated = pyperf_file("emulated.json", {0.3, 0.3, 0.3});
  emulated.emulated = "x86 on Arm, by Windows";
  const MeasureResult result =
      merged({{"a.json", pyperf_file("a.json", {0.2, 0.2, 0.2})}, {"emulated.json", emulated}});
  EXPECT_THAT(result.measurement.notes, Contains(HasSubstr("emulated.json was measured under "
                                                           "emulation (x86 on Arm, by Windows)")));
  EXPECT_EQ(label_of(result.measurement.arms[1].interpreter),
            "emulated.json (Python 3.12.1, emulated)");
  const json document = result;
  EXPECT_EQ(document["interpreters"][1]["emulated"], "x86 on Arm, by Windows");
  EXPECT_FALSE(document["interpreters"][0].contains("emulated"));
  const auto written = [&](const char* format) {
    return exported(export_format(format), result, {}).at(0).text;
  };
  EXPECT_THAT(written("markdown"), HasSubstr("(Python 3.12.1, emulated)"));
  EXPECT_THAT(written("csv"), HasSubstr("(Python 3.12.1, emulated)"));
}

TEST(Merged, SaysWhereSuitesOfPyperformanceDiffer) {
  PyperfFile older = pyperf_file("a.json", {0.2});
  older.suite_version = "1.0.9";
  PyperfFile newer = pyperf_file("b.json", {0.2});
  newer.suite_version = "1.11.0";
  EXPECT_THAT(merged({{"a.json", older}, {"b.json", newer}}).measurement.notes,
              Contains(HasSubstr("b.json was measured by version 1.11.0 of the suite")));
}

TEST(Merged, FiguresOfDifferentEvidenceAreNotCompared) {
  MeasureResult counted = test::sample_measurement();
  counted.comparison.clock = Clock::instructions;
  EXPECT_THAT(refused({{"one", test::sample_measurement()}, {"two", counted}}),
              HasSubstr("one is measured and two is counted"));
}

TEST(Merged, ResultsWithoutACommonWorkloadAreRefused) {
  PyperfFile other = pyperf_file("a.json", {1});
  other.benchmarks[0].name = "elsewhere";
  EXPECT_THAT(refused({{"one", test::sample_measurement()}, {"a.json", other}}),
              HasSubstr("no benchmark in common"));
}

}  // namespace
}  // namespace pytune
