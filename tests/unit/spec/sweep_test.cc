#include "spec/sweep.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error(const std::string& text) {
  try {
    parse_sweep(text, "x.json");
  } catch (const UsageError& e) {
    return e.what();
  }
  return "(accepted)";
}

std::string with(const std::string& members) {
  return R"({"schema": 1, "configurations": [{"lto": "full"}], )" + members + "}";
}

struct Bad {
  const char* text;
  const char* message;
};

class BadDefinition : public ::testing::TestWithParam<Bad> {};

TEST_P(BadDefinition, IsRefusedWithFilePathAndReason) {
  EXPECT_EQ(error(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Sweep, BadDefinition,
    ::testing::Values(
        Bad{"", "x.json:1:1: is empty"}, Bad{"{", "x.json:1:2: breaks off after 1 bytes"},
        Bad{"{\n  \"schema\" 1}", "x.json:2:12: is not JSON (byte 14 of 15)"},
        Bad{"{\"schema\": 1,}", "x.json:1:14: is not JSON (byte 14 of 14)"},
        Bad{"{} {}", "x.json:1:4: is not JSON (byte 4 of 5): it goes on after its end"},
        Bad{"[]", "x.json: expected an object, got an array of 0"},
        Bad{"{}", "x.json: schema: missing"},
        Bad{R"({"schema": "1"})",
            "x.json: schema: expected an integer from 0 to 1000000, got \"1\""},
        Bad{R"({"schema": 2})", "x.json: schema: this pytune reads schema 1 only"},
        Bad{R"({"schema": -1})", "x.json: schema: expected an integer from 0 to 1000000, got -1"},
        Bad{R"({"schema": 18446744073709551615})",
            "x.json: schema: expected an integer from 0 to 1000000, got 18446744073709551615"},
        Bad{R"({"schema": 1})",
            "x.json: nothing to try: give \"configurations\", \"first_of\" or \"axes\""},
        Bad{R"({"schema": 1, "configurations": []})",
            "x.json: nothing to try: give \"configurations\", \"first_of\" or \"axes\""},
        Bad{R"({"schema": 1, "axis": {}})", "x.json: unknown key \"axis\"; did you mean \"axes\"?"},
        Bad{R"({"schema": 1, "schema": 1})", "x.json: has the key \"schema\" twice in one object"},
        Bad{R"({"schema": 1, "baseline": {"lto": "none", "lto": "full"}})",
            "x.json: has the key \"lto\" twice in one object"},
        Bad{R"({"schema": 1, "configurations": [{"name": "a", "about": 7, "lto": "full"}]})",
            "x.json: configurations[0].about: expected a text, got 7"},
        Bad{R"({"schema": 1, "configurations": [{"architecture": "arm", "lto": "full"}]})",
            "x.json: configurations[0].architecture: expected one of \"x86_64\", \"aarch64\", got "
            "\"arm\""},
        Bad{R"({"schema": 1, "description": 7})", "x.json: description: expected a text, got 7"},
        Bad{R"({"schema": 1, "baseline": []})",
            "x.json: baseline: expected an object, got an array of 0"},
        Bad{R"({"schema": 1, "baseline": {"lto": 1}})",
            "x.json: baseline.lto: expected a text, got 1"},
        Bad{R"({"schema": 1, "baseline": {"ltoo": "none"}})",
            "x.json: baseline: unknown axis \"ltoo\"; did you mean \"lto\"?"},
        Bad{R"({"schema": 1, "baseline": {"compiler": "gcc-*"}})",
            "x.json: baseline.compiler: a pattern is only possible under \"axes\""},
        Bad{R"({"schema": 1, "configurations": {}})",
            "x.json: configurations: expected an array, got an object"},
        Bad{R"({"schema": 1, "configurations": [1]})",
            "x.json: configurations[0]: expected an object, got 1"},
        Bad{R"({"schema": 1, "configurations": [{"name": ""}]})",
            "x.json: configurations[0].name: must have 1 to 60 characters"},
        Bad{R"({"schema": 1, "configurations": [{}, {"name": "a", "pgo": "trainin"}]})",
            "x.json: configurations[1].pgo: unknown value \"trainin\"; did you mean \"training\"?"},
        Bad{R"({"schema": 1, "axes": []})", "x.json: axes: expected an object, got an array of 0"},
        Bad{R"({"schema": 1, "axes": {"lto": "full"}})",
            "x.json: axes.lto: expected an array, got \"full\""},
        Bad{R"({"schema": 1, "axes": {"lto": []}})",
            "x.json: axes.lto: must list at least one value"},
        Bad{R"({"schema": 1, "axes": {"lto": ["none", "thn"]}})",
            "x.json: axes.lto[1]: unknown value \"thn\"; did you mean \"thin\"?"},
        Bad{R"({"schema": 1, "axes": {"lto": ["none", null]}})",
            "x.json: axes.lto[1]: expected a text, got null"},
        Bad{R"({"schema": 1, "axes": {"lto": ["none", "full", "none"]}})",
            "x.json: axes.lto[2]: \"none\" is listed twice"},
        Bad{R"({"schema": 1, "axes": {"cpus": ["native"]}})",
            "x.json: axes: unknown axis \"cpus\"; did you mean \"cpu\"?"},
        Bad{R"({"schema": 1, "axes": {"cpu": ["a\u0007b"]}})",
            "x.json: axes.cpu[0]: has a control character"}));

TEST(SweepErrors, SettingsAreChecked) {
  EXPECT_EQ(error(with(R"("max_configurations": 0)")),
            "x.json: max_configurations: expected an integer from 1 to 100000, got 0");
  EXPECT_EQ(error(with(R"("max_configurations": 1.5)")),
            "x.json: max_configurations: expected an integer from 1 to 100000, got 1.5");
  EXPECT_EQ(error(with(R"("measure": {"round": 3})")),
            "x.json: measure: unknown key \"round\"; did you mean \"rounds\"?");
  EXPECT_EQ(error(with(R"("measure": {"rounds": 0})")),
            "x.json: measure.rounds: expected an integer from 1 to 1000, got 0");
  EXPECT_EQ(error(with(R"("measure": {"min_time": "1"})")),
            "x.json: measure.min_time: expected a number from 0.001 to 60, got \"1\"");
  EXPECT_EQ(error(with(R"("measure": {"min_time": 61})")),
            "x.json: measure.min_time: expected a number from 0.001 to 60, got 61");
  EXPECT_EQ(error(with(R"("measure": {"system_python": 1})")),
            "x.json: measure.system_python: expected true or false, got 1");
  EXPECT_EQ(error(with(R"("measure": {"timeout": 1})")), "(accepted)");
  EXPECT_EQ(error(with(R"("measure": {"rebuilds": 2})")), "(accepted)");
  EXPECT_EQ(error(with(R"("measure": {"rebuilds": 1})")),
            "x.json: measure.rebuilds: must be 0 or from 2 to 20: one build more does not say "
            "how far builds differ");
  EXPECT_EQ(error(with(R"("measure": {"rebuilds": 2, "confirm_rounds": 0})")),
            "x.json: measure.rebuilds: needs confirm_rounds of at least 1: that often the "
            "rebuilds are measured");
}

TEST(SweepErrors, DeepNestingAndHugeNumbersAreRefused) {
  EXPECT_EQ(error(std::string(100'000, '[')), "x.json: is nested deeper than 32 levels");
  EXPECT_EQ(error(with("\"source\": " + std::string(70, '[') + std::string(70, ']'))),
            "x.json: is nested deeper than 32 levels");
  EXPECT_THAT(error(with(R"("max_configurations": 1e999)")),
              HasSubstr("x.json: has a number above 1e308"));
  EXPECT_THAT(error("\xff"), HasSubstr("x.json:1:1: is not JSON"));
}

TEST(Sweep, ReadsEverySetting) {
  const SweepSpec spec = parse_sweep(
      R"({"schema": 1, "description": "d", "source": "s", "suite": "u", "baseline": {"opt": "O2"},
    "configurations": [{"name": "n", "lto": "full"}], "axes": {"pie": ["pie", "no-pie"]}, "max_configurations": 7,
    "measure": {"rounds": 2, "confirm_rounds": 0, "values": 4, "warmups": 0, "min_time": 0.5, "timeout": 9, "system_python": false}})",
      "builds/mine.json");
  EXPECT_EQ(spec.name, "mine");
  EXPECT_EQ(spec.description + spec.source + spec.suite, "dsu");
  ASSERT_EQ(spec.configurations.size(), 1U);
  EXPECT_EQ(spec.configurations[0].name, "n");
  EXPECT_EQ(spec.configurations[0].configuration.difference(Configuration()), "opt=O2 lto=full");
  ASSERT_EQ(spec.axes.size(), 1U);
  EXPECT_THAT(spec.axes[0].values, ElementsAre("pie", "no-pie"));
  EXPECT_EQ(spec.max_configurations, 7);
  EXPECT_EQ(spec.measure.rounds, 2);
  EXPECT_EQ(spec.measure.confirm_rounds, 0);
  EXPECT_EQ(spec.measure.workers.min_time, 0.5);
  EXPECT_EQ(spec.measure.workers.timeout, std::chrono::seconds(9));
  EXPECT_FALSE(spec.measure.system_python);
}

TEST(Sweep, MissingFileIsBadUsage) { EXPECT_THROW(load_sweep("/no/such/sweep.json"), UsageError); }

TEST(Sweep, EveryShippedDefinitionIsValid) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(PYTUNE_SOURCE_DIR) / "builds")) {
    if (entry.path().extension() != ".json") continue;
    SweepSpec spec;
    ASSERT_NO_THROW(spec = load_sweep(entry.path())) << entry.path();
    EXPECT_FALSE(spec.description.empty()) << entry.path();
    EXPECT_GE(enumerate_points(spec, {"gcc-12"}, {"clang-19"}).size(), 2U) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 3);
}

std::vector<std::string> points(const std::string& text, const std::vector<std::string>& gccs = {},
                                const std::vector<std::string>& clangs = {}) {
  const SweepSpec spec = parse_sweep(text, "x.json");
  std::vector<std::string> result;
  for (const auto& point : enumerate_points(spec, gccs, clangs))
    result.push_back(point.name.empty() ? point.configuration.difference(spec.baseline)
                                        : point.name);
  return result;
}

TEST(EnumeratePoints, BaselineThenNamedThenProduct) {
  EXPECT_THAT(
      points(
          R"({"schema": 1, "baseline": {"opt": "O2"}, "configurations": [{"name": "fast", "opt": "O3"}],
                         "axes": {"lto": ["none", "full"], "pie": ["pie", "no-pie"]}})"),
      ElementsAre("baseline", "fast", "pie=no-pie", "lto=full", "lto=full pie=no-pie"));
}

TEST(EnumeratePoints, EachConfigurationOnce) {
  EXPECT_THAT(
      points(
          R"({"schema": 1, "configurations": [{"name": "a", "lto": "full"}, {"name": "b", "lto": "full"}, {}], "axes": {"lto": ["full", "thin"]}})"),
      ElementsAre("baseline", "a", "lto=thin"));
}

TEST(EnumeratePoints, CompilerPatternsStandForAllFound) {
  const std::string text =
      R"({"schema": 1, "baseline": {"compiler": "gcc-12"}, "axes": {"compiler": ["gcc-*", "clang-*", "icx"]}})";
  EXPECT_THAT(points(text, {"gcc-13", "gcc-12"}, {"clang-19"}),
              ElementsAre("baseline", "compiler=gcc-13", "compiler=clang-19", "compiler=icx"));
  EXPECT_THAT(points(text), ElementsAre("baseline", "compiler=icx"));
}

TEST(EnumeratePoints, TooManyPointsAreRefused) {
  std::string values;
  for (int i = 0; i < 400; ++i) values += (i > 0 ? ", " : "") + ("\"v" + std::to_string(i)) + "\"";
  EXPECT_THROW(
      points(R"({"schema": 1, "axes": {"cpu": [)" + values + R"(], "cflags": [)" + values + "]}}"),
      UsageError);
}

TEST(ParseSweep, AlternativesComeAfterTheConfigurations) {
  const SweepSpec spec = parse_sweep(
      R"({"schema": 1, "configurations": [{"opt": "O1"}], "first_of": [{"opt": "O2"}, {"opt": "Os"}]})",
      "x.json");
  std::vector<bool> alternatives;
  for (const auto& point : enumerate_points(spec, {}, {}))
    alternatives.push_back(point.alternative);
  EXPECT_THAT(alternatives, ElementsAre(false, false, true, true));
}

TEST(ParseSweep, AConfigurationMaySayWhatItIsAbout) {
  const SweepSpec spec = parse_sweep(
      R"({"schema": 1, "configurations": [{"name": "a", "about": "As they\nbuild", "lto": "full"}, {"lto": "full"}]})",
      "x.json");
  EXPECT_EQ(spec.configurations.at(0).about, "As they build");
  EXPECT_EQ(spec.configurations.at(1).about, "");
  EXPECT_EQ(spec.configurations.at(0).configuration, spec.configurations.at(1).configuration);
}

}  // namespace
}  // namespace pytune
