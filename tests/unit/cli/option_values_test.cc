#include "cli/option_values.h"

#include <gmock/gmock.h>

#include "sys/cpus.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using sys_test::message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseMinutes, ReadsTheUsualForms) {
  const std::vector<std::pair<const char*, double>> forms = {
      {"45", 45},   {"90m", 90}, {"2h", 120},  {"1h30m", 90},
      {"1h30", 90}, {"0h5m", 5}, {"90s", 1.5}, {"1m30s", 1.5}};
  for (const auto& [text, minutes] : forms)
    EXPECT_EQ(parse_minutes("--budget", text), minutes) << text;
}

TEST(ParseMinutes, RefusesTheRest) {
  for (const char* text : {"", "0", "0m", "0h0m", "h", "m", "-5", "1.5h", "30m1h", "0s", "30s1m",
                           " 5", "5 ", "99999999999h", "1e3"})
    EXPECT_EQ(message<UsageError>([&] { parse_minutes("--budget", text); }),
              std::string("--budget: \"") + text + "\" is not a time; write 30s, 90m, 2h or 1h30m");
}

TEST(ParseBytes, ReadsPowersOf1024AndRefusesTheRest) {
  EXPECT_EQ(parse_bytes("--memory-limit", "512M"), 512U << 20U);
  EXPECT_EQ(parse_bytes("--memory-limit", "1.5G"), std::uint64_t{3} << 29U);
  for (const char* text : {"", "0M", "5", "G", "-1G", "1 G", "1g", "1.G", "0.0001M", "99999999G"})
    EXPECT_EQ(message<UsageError>([&] { parse_bytes("--memory-limit", text); }),
              std::string("--memory-limit: \"") + text +
                  "\" is not an amount of memory; write 2G or 512M");
}

TEST(ParseCpus, ReadsNumbersAndRanges) {
  const auto cpus = allowed_cpus();
  ASSERT_FALSE(cpus.empty());
  const std::string first = std::to_string(cpus.front());
  EXPECT_THAT(parse_cpus(first), ElementsAre(cpus.front()));
  EXPECT_THAT(parse_cpus(first + "-" + first), ElementsAre(cpus.front()));
  if (cpus.size() < 2 || cpus[1] != cpus[0] + 1) GTEST_SKIP() << "needs two neighbouring CPUs";
  EXPECT_THAT(parse_cpus(first + "-" + std::to_string(cpus[1])), ElementsAre(cpus[0], cpus[1]));
  EXPECT_THAT(parse_cpus(std::to_string(cpus[1]) + "," + first), ElementsAre(cpus[1], cpus[0]));
}

TEST(ParseCpus, EachCpuCountsOnce) {
  const std::string first = std::to_string(allowed_cpus().front());
  EXPECT_EQ(parse_cpus(first + "," + first + "-" + first).size(), 1U);
}

TEST(ParseCpus, RefusesWhatIsNoListAndWhatIsNotThere) {
  for (const char* text : {"", ",", "a", "0,", "-1", "0-", "0--1", "0 1", "99999"})
    EXPECT_THAT(message<UsageError>([&] { parse_cpus(text); }),
                HasSubstr("is not a list of CPUs; write 0-3 or 0,2"))
        << text;
  EXPECT_EQ(message<UsageError>([&] { parse_cpus("3-2"); }),
            "--cpus: \"3-2\" is not a range of CPUs");
  EXPECT_EQ(message<UsageError>([&] { parse_cpus("9999"); }),
            "--cpus: CPU 9999 is not one this process may run on");
  if (allowed_cpus().back() < 1023) {
    EXPECT_EQ(message<UsageError>([&] { parse_cpus("1023"); }),
              "--cpus: CPU 1023 is not one this process may run on");
  }
}

}  // namespace
}  // namespace pytune
