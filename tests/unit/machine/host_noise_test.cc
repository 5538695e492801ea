#include "machine/host_noise.h"

#include <gtest/gtest.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

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
}

}  // namespace
}  // namespace pytune
