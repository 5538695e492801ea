#include "measure/pyperf_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "sys/error.h"

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A file of one benchmark as pyperf writes it: a calibration without values, then processes.
std::string document(const std::string& name, const std::string& runs,
                     const std::string& more_metadata = "") {
  return R"({"version":"1.0","metadata":{"unit":"second","hostname":"h","cpu_count":2)" +
         more_metadata + R"(},"benchmarks":[{"metadata":{"name":")" + name +
         R"("},"runs":[{"warmups":[[1,0.5]]},)" + runs + "]}]}";
}

std::string problem(const std::string& text) {
  try {
    parse_pyperf_file(text, "f.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(none)";
}

TEST(PyperfFile, HoldsTheValuesOfEachProcess) {
  const PyperfFile file = parse_pyperf_file(
      document("a", R"({"values":[0.1,0.2]},{"values":[0.3]})",
               R"(,"python_version":"3.11.2 (64-bit) revision x","cpu_model_name":"Neoverse")"),
      "f.json");
  ASSERT_EQ(file.benchmarks.size(), 1);
  EXPECT_EQ(file.benchmarks[0].name, "a");
  EXPECT_THAT(file.benchmarks[0].runs, ElementsAre(ElementsAre(0.1, 0.2), ElementsAre(0.3)));
  EXPECT_EQ(file.cpus, 2);
  EXPECT_EQ(file.cpu_model, "Neoverse");
  EXPECT_EQ(file.measurement, "");
}

// With one benchmark of one run pyperf moves all metadata to the top.
TEST(PyperfFile, FindsMetadataOnWhateverLevelPyperfPutIt) {
  const PyperfFile file = parse_pyperf_file(
      R"({"version":"1.0","metadata":{"name":"a"},"benchmarks":[{"runs":[
         {"metadata":{"hostname":"inner","pytune_measurement":"x"},"values":[1]}]}]})",
      "f.json");
  EXPECT_EQ(file.benchmarks[0].name, "a");
  EXPECT_EQ(file.hostname, "inner");
  EXPECT_EQ(file.measurement, "x");
}

TEST(PyperfFile, OfOlderPyperfIsRead) {
  const PyperfFile five = parse_pyperf_file(
      R"({"version":5,"benchmarks":[{"common_metadata":{"name":"a","hostname":"h"},"runs":[
         {"warmups":[[1,0.5]],"samples":[0.1,0.2]},{"metadata":{"loops":2},"samples":[0.3]}]}]})",
      "f.json");
  EXPECT_EQ(five.benchmarks.at(0).name, "a");
  EXPECT_EQ(five.hostname, "h");
  EXPECT_THAT(five.benchmarks[0].runs, ElementsAre(ElementsAre(0.1, 0.2), ElementsAre(0.3)));
  const PyperfFile six = parse_pyperf_file(
      R"({"version":6,"metadata":{"hostname":"h"},"benchmarks":[
         {"metadata":{"name":"a","tags":["x"]},"runs":[{"values":[2]}]}]})",
      "f.json");
  EXPECT_EQ(six.hostname, "h");
  EXPECT_THAT(six.benchmarks.at(0).runs, ElementsAre(ElementsAre(2)));
  EXPECT_THAT(problem(R"({"version":4,"benchmarks":[]})"), HasSubstr("version"));
}

TEST(PyperfFile, MetadataMayBeNull) {
  EXPECT_EQ(problem(R"({"version":"1.0","metadata":null,"benchmarks":[{"metadata":{"name":"a"},
                       "runs":[{"metadata":null,"values":[1]}]}]})"),
            "(none)");
  EXPECT_THAT(problem(R"({"version":"1.0","metadata":[],"benchmarks":[]})"), HasSubstr("metadata"));
}

TEST(PyperfFile, OfAnotherUnitAloneIsNamedForWhatItIs) {
  EXPECT_THAT(problem(R"({"version":"1.0","benchmarks":[{"metadata":{"name":"m","unit":"byte"},
                         "runs":[{"values":[1048576]}]}]})"),
              StartsWith("f.json: its benchmarks are in byte and not in seconds"));
}

TEST(PyperfFile, MadeUnderEmulationSaysSo) {
  const auto of_cpu = [](const std::string& cpu) {
    return parse_pyperf_file(
        document("a", R"({"values":[1]})",
                 R"(,"python_version":"3.12.1","platform":"Linux-6.1-x86_64","cpu_model_name":")" +
                     cpu + '"'),
        "f.json");
  };
  EXPECT_THAT(of_cpu("VirtualApple @ 2.50GHz").emulated, HasSubstr("Rosetta"));
  EXPECT_EQ(of_cpu("AMD EPYC").emulated, "");
  EXPECT_EQ(measurement_of({of_cpu("AMD EPYC"), of_cpu("Neoverse-N1")}).arms[1].label,
            "f.json (Python 3.12.1, emulated)");
}

TEST(PyperfFile, SaysWhereItIsDamaged) {
  const std::string good = document("a", R"({"values":[0.1]})");
  EXPECT_THAT(problem(good.substr(0, good.size() - 10)), StartsWith("f.json: not a pyperf file: "));
  EXPECT_THAT(problem(document("a", R"({"values":[0.1,-1]})")),
              HasSubstr("benchmarks[0].runs[1].values[1]"));
  EXPECT_THAT(problem(document("a", R"({"values":[NaN]})")), HasSubstr("NaN"));
  EXPECT_THAT(problem(document("a", R"({"values":["1"]})")), HasSubstr("values[0]"));
  EXPECT_THAT(problem("[]"), HasSubstr("not a pyperf file"));
  EXPECT_THAT(problem(R"({"version":"2.0","benchmarks":[]})"), HasSubstr("version"));
  EXPECT_THAT(problem(R"({"version":"1.0","benchmarks":[]})"), HasSubstr("no benchmark"));
  // One without a name is legal, two are not.
  EXPECT_EQ(problem(R"({"version":"1.0","benchmarks":[{"runs":[{"values":[1]}]}]})"), "(none)");
  EXPECT_THAT(
      problem(
          R"({"version":"1.0","benchmarks":[{"runs":[{"values":[1]}]},{"runs":[{"values":[1]}]}]})"),
      HasSubstr("a second time"));
  EXPECT_THAT(problem(""), HasSubstr("f.json"));
}

TEST(PyperfFile, OfAnUnknownVersionSaysWhichAreKnown) {
  for (const char* version : {"4", "\"6\"", "1.0", "\"2.0\"", "[1]"})
    EXPECT_THAT(problem(fmt::format(R"({{"version":{},"benchmarks":[]}})", version)),
                HasSubstr(fmt::format("version: expected \"1.0\", 6 or 5 (pyperf 0.8.3 and later), "
                                      "got {}",
                                      version)));
}

TEST(PyperfFile, OfAnotherProgramIsNamedForWhatItIs) {
  for (const auto& [text, program] : std::map<std::string, std::string>{
           {R"({"machine_info":{},"commit_info":{},"benchmarks":[],"version":"4.0.0"})",
            "pytest-benchmark"},
           {R"({"results":[{"command":"sleep 1","times":[1.0]}]})", "hyperfine"},
           {R"({"commit_hash":"a","results":{},"version":2})", "asv"},
           {R"({"context":{},"benchmarks":[]})", "Google Benchmark"},
           {R"([{"commitid":"a","benchmark":"b"}])", "Codespeed"}})
    EXPECT_THAT(problem(text), HasSubstr("f.json: is a file of " + program)) << text;
}

TEST(PyperfFile, WhatOnlyDescribesAMachineMayBeOfAnyKind) {
  const auto text = [](const std::string& metadata) {
    return R"({"version":"1.0","metadata":{)" + metadata +
           R"(},"benchmarks":[{"runs":[{"values":[1]}]}]})";
  };
  for (const char* metadata :
       {R"("cpu_count":"many")", R"("cpu_count":-1)", R"("cpu_count":99999999999)",
        R"("cpu_count":[2],"python_version":3.12,"hostname":null)"})
    EXPECT_EQ(problem(text(metadata)), "(none)") << metadata;
  EXPECT_THAT(problem(text(R"("name":5)")), HasSubstr("metadata.name: expected a text, got 5"));
}

TEST(PyperfFile, WhatIsNotInSecondsIsLeftOutWithANote) {
  const PyperfFile file = parse_pyperf_file(
      R"({"version":"1.0","benchmarks":[
        {"metadata":{"name":"mem","unit":"byte"},"runs":[{"values":[1]}]},
        {"metadata":{"name":"empty"},"runs":[{"warmups":[[1,1]]}]},
        {"metadata":{"name":"a"},"runs":[{"values":[1]}]}]})",
      "f.json");
  EXPECT_EQ(file.benchmarks.size(), 1);
  EXPECT_THAT(file.notes, ElementsAre(HasSubstr("mem is in byte"), HasSubstr("empty holds no")));
}

TEST(MeasurementOf, MakesABlockOfEachProcessThatAllFilesHave) {
  const auto one =
      parse_pyperf_file(document("a", R"({"values":[1]},{"values":[2]},{"values":[3]})"), "1.json");
  const auto two = parse_pyperf_file(document("a", R"({"values":[4]},{"values":[5]})"), "2.json");
  const Measurement measurement = measurement_of({one, two});
  ASSERT_EQ(measurement.blocks.size(), 2);
  EXPECT_THAT(measurement.blocks[1].samples[0].wall_values, ElementsAre(2));
  EXPECT_THAT(measurement.blocks[1].samples[1].wall_values, ElementsAre(5));
  EXPECT_EQ(measurement.arms[0].role, Arm::Role::baseline);
  EXPECT_EQ(measurement.arms[1].role, Arm::Role::candidate);
  EXPECT_THAT(measurement.notes,
              ElementsAre(HasSubstr("3 processes in one file and 2 in another")));
}

TEST(MeasurementOf, LeavesOutWhatOneFileLacks) {
  const auto one = parse_pyperf_file(document("a", R"({"values":[1]})"), "1.json");
  const auto two = parse_pyperf_file(document("b", R"({"values":[1]})"), "2.json");
  EXPECT_THROW(measurement_of({one, two}), UsageError);
  PyperfFile both = one;
  both.benchmarks.push_back(two.benchmarks[0]);
  const Measurement measurement = measurement_of({both, two});
  EXPECT_THAT(measurement.notes, ElementsAre("a is not in 2.json and left out"));
  EXPECT_EQ(measurement.workloads.size(), 1);
  EXPECT_THAT(measurement_of({two, both}).notes, ElementsAre("a is not in 2.json and left out"));
}

}  // namespace
}  // namespace pytune
