// The small helpers of the measure room: lines, JSON parsing, /proc/stat.
#include <gmock/gmock.h>

#include "measure/checked_json.h"
#include "measure/host_noise.h"
#include "measure/one_line.h"
#include "sys/error.h"
#include "unit/sys/scratch.h"

namespace pytune::measure {
namespace {

using testing::HasSubstr;

std::string parse_error(const std::string& text) {
  try {
    (void)parse_json(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(OneLine, JoinsLinesAndDropsControlCharacters) {
  EXPECT_EQ(one_line("  a\r\n\tb\x1b[1m c\x7f ", 100), "a b [1m c");
  EXPECT_EQ(one_line("", 100), "");
  EXPECT_EQ(one_line("\n \n", 100), "");
}

TEST(OneLine, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(one_line("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d", 100),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d");
  EXPECT_EQ(one_line("a\xff", 100), "a?");
  EXPECT_EQ(one_line("\xc3", 100), "?");                 // cut off
  EXPECT_EQ(one_line("\xc0\xaf", 100), "??");            // overlong
  EXPECT_EQ(one_line("\xed\xa0\x80", 100), "???");       // surrogate
  EXPECT_EQ(one_line("\xf4\x90\x80\x80", 100), "????");  // beyond U+10FFFF
  EXPECT_EQ(one_line("a\xc2\x9b"
                     "1m",
                     100),
            "a 1m");  // C1: a terminal's CSI in one character
}

TEST(OneLine, ShortensWithoutCuttingACharacter) {
  EXPECT_EQ(one_line("abcdefghij", 8), "abcde...");
  EXPECT_EQ(one_line("abcd\xc3\xbc"
                     "fghij",
                     8),
            "abcd...");
}

TEST(LastLine, IsTheLastThatIsNotBlank) {
  EXPECT_EQ(last_line("a\nb\n\n  \n", 100), "b");
  EXPECT_EQ(last_line("only", 100), "only");
  EXPECT_EQ(last_line("\n", 100), "");
}

TEST(ParseJson, RefusesAKeyGivenTwiceInOneObjectOnly) {
  EXPECT_EQ(parse_error("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"), "");
  EXPECT_EQ(parse_error("[{\"a\":1,\"b\":2,\"a\":3}]"), "has the key \"a\" twice in one object");
}

TEST(ParseJson, RefusesDeepNestingButNotWidth) {
  EXPECT_EQ(parse_error(std::string(30, '[') + std::string(30, ']')), "");
  EXPECT_THAT(parse_error(std::string(1'000'000, '[')), HasSubstr("nested deeper"));
  std::string wide = "[0";
  for (int i = 0; i < 100'000; ++i) {
    wide += ",0";
  }
  EXPECT_EQ(parse_error(wide + "]"), "");
}

TEST(PlainName, IsFitForAFileName) {
  EXPECT_TRUE(is_plain_name("2to3"));
  EXPECT_TRUE(is_plain_name("async_tree-v1.2"));
  for (const char* bad : {"", ".", "..", ".a", "-a", "_a", "a/b", "a b", "a\n", "\xc3\xbc"}) {
    EXPECT_FALSE(is_plain_name(bad)) << bad;
  }
}

class CpuReadings : public sys_test::Scratch {};

TEST_F(CpuReadings, FrequencyIsTheMeanOfTheCpusNamedOrOfAll) {
  const auto put = [&](const std::string& cpu, const std::string& text) {
    sys_test::write(at("sys/devices/system/cpu/" + cpu + "/cpufreq/scaling_cur_freq"), text);
  };
  put("cpu0", "2000000\n");
  put("cpu1", "3000000\n");
  put("cpu2", "<unknown>\n");
  EXPECT_DOUBLE_EQ(cpu_megahertz(root(), {}), 2500);
  EXPECT_DOUBLE_EQ(cpu_megahertz(root(), {1, 2}), 3000);
  EXPECT_DOUBLE_EQ(cpu_megahertz(root(), {2, 77}), 0);
}

TEST_F(CpuReadings, TemperatureIsTheWarmestZones) {
  sys_test::write(at("sys/class/thermal/thermal_zone0/temp"), "41000\n");
  sys_test::write(at("sys/class/thermal/thermal_zone1/temp"), "71500\n");
  sys_test::write(at("sys/class/thermal/cooling_device0/temp"), "99999\n");
  EXPECT_DOUBLE_EQ(warmest_celsius(root()), 71.5);
}

TEST_F(CpuReadings, AreZeroWhereTheKernelDoesNotSay) {
  EXPECT_DOUBLE_EQ(cpu_megahertz(root(), {}), 0);
  EXPECT_DOUBLE_EQ(warmest_celsius(root()), 0);
}

TEST(StealSeconds, AreTheEighthColumnOfTheFirstLine) {
  const std::string stat =
      "cpu  100 2 30 4000 5 0 7 250 0 0\ncpu0 50 1 15 2000 2 0 3 1 0 0\nintr 1\n";
  EXPECT_EQ(parse_steal_seconds(stat, 100), 2.5);
}

TEST(StealSeconds, AreUnknownWhenTheTextIsNotProcStat) {
  for (const char* text : {"", "cpu", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7 x",
                           "cpu 1 2 3 4 5 6 7 -8"}) {
    EXPECT_FALSE(parse_steal_seconds(text, 100).has_value()) << text;
  }
  EXPECT_FALSE(parse_steal_seconds("cpu 1 2 3 4 5 6 7 8", 0).has_value());
  EXPECT_GE(steal_seconds_now(), 0);
  EXPECT_GE(load_average(), 0);
}

}  // namespace
}  // namespace pytune::measure
