#include "report/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "sys/error.h"
#include "unit/result/sample_measurement.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const CodespeedNames kNames = {"", "main", "", "host"};

std::string file_of(const std::string& format, const MeasureResult& result) {
  return exported(export_format(format), result, kNames).at(0).text;
}

json codespeed(const MeasureResult& result, const CodespeedNames& names = kNames) {
  return codespeed_results(result, names);
}

TEST(Export, Csv) { test::expect_golden("export.csv", file_of("csv", test::sample_measurement())); }

TEST(Export, Markdown) {
  test::expect_golden("export.md", file_of("markdown", test::sample_measurement()));
}

TEST(Export, Svg) { test::expect_golden("export.svg", file_of("svg", test::sample_measurement())); }

TEST(ExportSvg, SaysOfCountsThatTheyAreNoSpeed) {
  MeasureResult result = test::sample_measurement();
  result.comparison.clock = Clock::instructions;
  const std::string text = file_of("svg", result);
  EXPECT_THAT(text, HasSubstr("Instructions against"));
  EXPECT_THAT(text, HasSubstr("(counted)"));
  EXPECT_THAT(text, Not(HasSubstr("faster")));
}

TEST(ExportSvg, HasNoFigureWhereNothingWasMeasured) {
  MeasureResult result = test::sample_measurement();
  for (ArmComparison& arm : result.comparison.arms) arm.workloads.clear();
  const std::string text = file_of("svg", result);
  EXPECT_THAT(text, HasSubstr(">no figure</text>"));
  EXPECT_THAT(text, Not(HasSubstr("<circle")));
}

TEST(ExportSvg, EscapesNames) {
  MeasureResult result = test::sample_measurement();
  result.measurement.arms[2].label = "</text><script>alert(1)</script>&\x1b[2J";
  const std::string text = file_of("svg", result);
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ExportSvg, StaysOnThePageWhateverTheFigures) {
  MeasureResult result = test::sample_measurement();
  result.comparison.arms[0].speed = {1e3, 0, std::numeric_limits<double>::infinity()};
  result.comparison.arms[1].speed = {1, 0.01, 100};
  const std::string text = file_of("svg", result);
  for (const char* wrong : {"nan", "inf\"", "x1=\"-", "e+"})
    EXPECT_THAT(text, Not(HasSubstr(wrong)));
}

// A line break in a name would be a row of its own, and steer a terminal.
TEST(Export, NamesStayOnOneLine) {
  MeasureResult result = test::sample_measurement();
  result.measurement.arms[2].label = "two\nlines\x1b[2J";
  result.measurement.arms[0].interpreter.name = "base\r\nline";
  for (const char* format : {"csv", "markdown", "svg"}) {
    const std::string text = file_of(format, result);
    EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << format;
    EXPECT_THAT(text, Not(HasSubstr("two\nlines"))) << format;
    EXPECT_THAT(text, Not(HasSubstr("\r"))) << format;
  }
}

TEST(ExportCsv, NoCellIsAFormula) {
  MeasureResult result = test::sample_measurement();
  const auto csv_with = [&](const std::string& label) {
    result.measurement.arms[2].label = label;
    return file_of("csv", result);
  };
  for (const char* begin : {"=cmd()", "+1", "-1", "@SUM(A1)", "\uff1dcmd()"})
    EXPECT_THAT(csv_with(begin), HasSubstr(std::string("\n'") + begin + ",")) << begin;
  EXPECT_THAT(csv_with("=HYPERLINK(\"http://x\";1)"),
              HasSubstr("\n\"'=HYPERLINK(\"\"http://x\"\";1)\","));
  EXPECT_THAT(csv_with("a=b"), HasSubstr("\na=b,"));
}

TEST(ExportMarkdown, NamesAreNoLinksMentionsOrMarkup) {
  MeasureResult result = test::sample_measurement();
  const auto markdown_with = [&](const std::string& label) {
    result.measurement.arms[2].label = label;
    return file_of("markdown", result);
  };
  EXPECT_THAT(markdown_with("@someone a@b.c"), HasSubstr("| @<!-- -->someone a@<!-- -->b.c |"));
  EXPECT_THAT(markdown_with("x#123 # y"), HasSubstr("| x\\#<!-- -->123 \\# y |"));
  EXPECT_THAT(markdown_with("https://evil.example"), HasSubstr("| https:<!-- -->//evil.example |"));
  EXPECT_THAT(markdown_with("www.evil.example"), HasSubstr("| www<!-- -->.evil.example |"));
  EXPECT_THAT(markdown_with("GH-12"), HasSubstr("| GH<!-- -->-12 |"));
  EXPECT_THAT(markdown_with("a|b `c` <img src=x> [d](e)"),
              HasSubstr("| a\\|b \\`c\\` \\<img src=x\\> \\[d\\](e) |"));
  EXPECT_THAT(markdown_with("- item"), HasSubstr("| \\- item |"));
  EXPECT_THAT(markdown_with("1. item"), HasSubstr("| 1\\. item |"));
}

TEST(Export, ARatioFormatHoldsNoSeconds) {
  const MeasureResult result = test::sample_measurement();
  for (const char* format : {"csv", "markdown", "svg"})
    EXPECT_THAT(file_of(format, result), Not(HasSubstr("0.08"))) << format;
}

TEST(Export, WhatWasNotMeasuredGoesIntoNoFileOfSeconds) {
  MeasureResult result = test::sample_measurement();
  result.comparison.clock = Clock::instructions;
  EXPECT_THAT(file_of("csv", result), HasSubstr(",counted,"));
  for (const char* format : {"pyperf", "pyperformance", "codespeed"})
    EXPECT_THROW(file_of(format, result), Failure) << format;
}

TEST(Export, UnknownFormatGetsASuggestion) {
  try {
    export_format("markdwn");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"markdown\"?"));
  }
}

TEST(ExportPyperf, WritesAFilePerInterpreterWithEqualCounts) {
  const auto files = pyperf_files(test::sample_measurement(), false);
  std::vector<std::string> names;
  for (const auto& file : files) {
    names.push_back(file.name);
    const auto document = json::parse(file.text);
    // The workload that one interpreter failed on is in no file.
    ASSERT_EQ(document.at("benchmarks").size(), 1) << file.name;
    EXPECT_EQ(document.at("benchmarks")[0].at("runs").size(), 3) << file.name;
    EXPECT_FALSE(document.at("metadata").contains("performance_version"));
    EXPECT_EQ(document.at("metadata").at("cpu_model_name"), "Neoverse-N1");
  }
  EXPECT_THAT(names, ElementsAre("base-1.json", "copy.json", "fast-2.json", "odd-3.json"));
  const auto fast = json::parse(files[2].text);
  EXPECT_EQ(fast.at("metadata").at("python_version"), "3.13.5");
  EXPECT_EQ(fast.at("metadata").at("python_implementation"), "cpython");
}

TEST(ExportPyperf, AnInterpreterThatFailedThroughoutCostsTheOthersNothing) {
  MeasureResult result = test::sample_measurement();
  for (Block& block : result.measurement.blocks) {
    block.samples[3].error = "crashed";
    block.samples[3].wall_values.clear();
    block.samples[3].cpu_values.clear();
  }
  const auto files = pyperf_files(result, false);
  ASSERT_EQ(files.size(), 3);
  EXPECT_EQ(json::parse(files[0].text).at("benchmarks").size(), 2);
}

TEST(ExportPyperf, PyperformanceFindsItsMetadata) {
  MeasureResult result = test::sample_measurement();
  result.suite = "anywhere/builtin.json";
  for (const auto& file : pyperf_files(result, true)) {
    const auto document = json::parse(file.text);
    EXPECT_EQ(document.at("metadata").at("performance_version"),
              "pytune " PYTUNE_VERSION " builtin");
    EXPECT_EQ(document.at("benchmarks")[0].at("metadata").at("tags"), json({"pure-python"}));
  }
}

// Required: codespeed/results.py, validate_result.
TEST(ExportCodespeed, HoldsWhatCodespeedRequires) {
  const json results = codespeed(test::sample_measurement());
  ASSERT_EQ(results.size(), 3);  // the copy is not among them
  for (const json& entry : results) {
    for (const char* key :
         {"commitid", "branch", "project", "executable", "benchmark", "environment"}) {
      ASSERT_TRUE(entry.at(key).is_string()) << key;
      EXPECT_NE(entry.at(key), "") << key;
    }
    EXPECT_LE(entry.at("executable").get<std::string>().size(), 30);
    EXPECT_EQ(entry.at("units"), "seconds");
    EXPECT_EQ(entry.at("lessisbetter"), true);
  }
  EXPECT_EQ(results[0].at("executable"), "/usr/bin/python3");
  EXPECT_EQ(results[0].at("commitid"), "3.11.2");
  EXPECT_EQ(results[2].at("project"), "PyPy");
  // Processes of 0.101, 0.10201 and 0.10302 seconds.
  EXPECT_DOUBLE_EQ(results[0].at("result_value").get<double>(), 0.10201);
  EXPECT_DOUBLE_EQ(results[0].at("min").get<double>(), 0.101);
  EXPECT_DOUBLE_EQ(results[0].at("max").get<double>(), 0.10302);
  EXPECT_NEAR(results[0].at("std_dev").get<double>(), 0.00101, 1e-9);
}

TEST(ExportCodespeed, NamesThatAreGivenHoldForAll) {
  const json results = codespeed(test::sample_measurement(), {"p", "b", "c", "e"});
  for (const json& entry : results) {
    EXPECT_EQ(entry.at("project"), "p");
    EXPECT_EQ(entry.at("branch"), "b");
    EXPECT_EQ(entry.at("commitid"), "c");
    EXPECT_EQ(entry.at("environment"), "e");
  }
}

// Codespeed draws a line over commits for what has one name.
TEST(ExportCodespeed, ALongNameIsShortenedToTheSameWordEachTime) {
  MeasureResult result = test::sample_measurement();
  for (Arm& arm : result.measurement.arms)
    arm.interpreter.name =
        "/a/very/long/\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4/to/" + arm.id;
  const json first = codespeed(result);
  for (Arm& arm : result.measurement.arms) arm.interpreter.identity = "other";
  std::set<std::string> words;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto word = first[i].at("executable").get<std::string>();
    EXPECT_LE(word.size(), 30);
    EXPECT_EQ(codespeed(result)[i].at("executable"), word);
    EXPECT_NO_THROW(static_cast<void>(first.dump()));  // whole UTF-8 characters
    words.insert(word);
  }
  EXPECT_EQ(words.size(), 3);
}

TEST(ExportCodespeed, TwoInterpretersOfOneNameAreTwoExecutables) {
  MeasureResult result = test::sample_measurement();
  auto& arms = result.measurement.arms;
  arms[2].interpreter.name = arms[0].interpreter.name;
  const json results = codespeed(result);
  EXPECT_NE(results[0].at("executable"), results[1].at("executable"));
  EXPECT_LE(results[1].at("executable").get<std::string>().size(), 30);
}

}  // namespace
}  // namespace pytune
