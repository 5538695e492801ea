#include "perf/stat.h"

#include <gmock/gmock.h>

#include "sys/files.h"

namespace pytune {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using Reading = EventReading::State;

std::string line(const std::string& value, const std::string& event,
                 const std::string& running = "100.00") {
  return R"({"counter-value" : ")" + value + R"(", "unit" : "", "event" : ")" + event +
         R"(", "event-runtime" : 1, "pcnt-running" : )" + running +
         R"(, "metric-value" : 0.0, "metric-unit" : ""})" + "\n";
}

PerfStat fixture(const std::string& core) {
  return parse_perf_stat(
      read_file(std::string(PYTUNE_SOURCE_DIR "/tests/unit/perf/output/") + core + ".jsonl"));
}

TEST(PerfStat, ReadsCountsOfEitherSpelling) {
  const PerfStat stat = parse_perf_stat(line("12345.000000", "cycles:u") + line("7", "r08:u"));
  EXPECT_EQ(stat.error, "");
  EXPECT_EQ(stat.events.at("cycles").value, 12345);
  EXPECT_EQ(stat.events.at("r8").value, 7);
}

TEST(PerfStat, TellsNotSupportedFromNotCountedThoughBothSayHundredPercent) {
  const PerfStat stat =
      parse_perf_stat(line("<not supported>", "cycles:u") + line("<not counted>", "branches:u"));
  EXPECT_EQ(stat.error, "");
  EXPECT_EQ(stat.events.at("cycles").state, Reading::not_supported);
  EXPECT_EQ(stat.events.at("branches").state, Reading::not_counted);
}

TEST(PerfStat, KeepsWhatPartOfTheTimeAnEventHadACounter) {
  EXPECT_DOUBLE_EQ(parse_perf_stat(line("5", "cycles:u", "33.33")).events.at("cycles").running,
                   33.33);
}

TEST(PerfStat, AddsUpTheUnitsOfTwoKindsOfCores) {
  const PerfStat stat = parse_perf_stat(line("5", "cpu_core/cycles:u/", "50") +
                                        line("<not counted>", "cpu_atom/cycles:u/"));
  EXPECT_EQ(stat.events.at("cycles").value, 5);
  const PerfStat both =
      parse_perf_stat(line("5", "cpu_core/cycles/u", "50") + line("6", "cpu_atom/cycles/u"));
  EXPECT_EQ(both.events.at("cycles").value, 11);
  EXPECT_DOUBLE_EQ(both.events.at("cycles").running, 50);
}

TEST(PerfStat, SkipsLinesThatHoldOnlyAMetric) {
  const PerfStat stat =
      parse_perf_stat(line("5", "cycles:u") +
                      R"({"metric-value" : "0.5", "metric-unit" : "insn per cycle"})" + "\n");
  EXPECT_EQ(stat.error, "");
  EXPECT_THAT(stat.events, SizeIs(1));
}

TEST(PerfStat, TakesTheLastOfSeveralRuns) {
  const PerfStat stat = parse_perf_stat("# started on a\n\n" + line("5", "cycles:u") +
                                        "# started on b\n\n" + line("6", "cycles:u"));
  EXPECT_EQ(stat.error, "");
  EXPECT_EQ(stat.events.at("cycles").value, 6);
}

TEST(PerfStat, RefusesWhatPerfWouldNotWrite) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "without writing any count"},
      {"Error: no\n", "line 1: is not JSON"},
      {R"({"counter-value" : "12)", "breaks off"},
      {line("-5", "cycles:u"), "not a count"},
      {line("nan", "cycles:u"), "not a count"},
      {line("1e300", "cycles:u"), "not a count"},
      {line("5 6", "cycles:u"), "not a count"},
      {line("5", "cycles:u", "250"), "a number from 0 to 101"},
      {line("5", "a b"), "not the name of an event"},
      {line("5", "cycles:u") + line("5", "cycles:u"), "line 2: event: a second time"},
      {R"({"event" : "cycles:u"})", "counter-value: missing"},
      {"[]", "expected an object"},
      {std::string(kLongestPerfStat + 1, '\n'), "more than any count is long"},
  };
  for (const auto& [text, error] : cases) {
    const PerfStat stat = parse_perf_stat(text);
    EXPECT_THAT(stat.error, HasSubstr(error));
    EXPECT_TRUE(stat.events.empty());
  }
}

TEST(PerfStat, ReadsWhatTheArmCoresWouldGive) {
  const PerfStat n1 = fixture("neoverse-n1");
  EXPECT_EQ(n1.error, "");
  EXPECT_EQ(n1.events.at("r8").value, 2'000'000'000);
  EXPECT_EQ(n1.events.at("r3f").state, Reading::not_supported);
  const PerfStat v1 = fixture("neoverse-v1");  // "armv8_pmuv3_0/r8/u"
  EXPECT_EQ(v1.error, "");
  EXPECT_DOUBLE_EQ(v1.events.at("r11").running, 75.31);
  EXPECT_EQ(fixture("neoverse-n2").events.at("r3d").value, 750'000'000);  // "armv8_pmuv3_0/r3d:u/"
  EXPECT_EQ(fixture("neoverse-v2").events.at("r10").value, 5'000'000);
}

}  // namespace
}  // namespace pytune
