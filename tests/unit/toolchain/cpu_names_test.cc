#include "toolchain/cpu_names.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/host.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using sys_test::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::string refusal(const std::string& value, const std::string& architecture) {
  return message<UsageError>([&] { parse_cpu(value, architecture); });
}

TEST(KnownCpus, HoldTheUsualNames) {
  for (const char* name : {"x86-64", "x86-64-v3", "sapphirerapids", "znver4"})
    EXPECT_THAT(known_cpus("x86_64"), Contains(name));
  for (const char* name : {"neoverse-n1", "neoverse-v2", "cortex-a72"})
    EXPECT_THAT(known_cpus("aarch64"), Contains(name));
}

TEST(ParseCpu, ReadsNameTuneAndMissingFeatures) {
  const CpuTarget cpu =
      parse_cpu("sapphirerapids,tune=icelake-server,no=amx-tile+sse4.2", "x86_64");
  EXPECT_EQ(cpu.name, "sapphirerapids");
  EXPECT_EQ(cpu.tune, "icelake-server");
  EXPECT_THAT(cpu.without, ElementsAre("amx-tile", "sse4.2"));
}

TEST(ParseCpu, SpellingRoundTrips) {
  for (const std::string value :
       {"generic", "x86-64-v3", "generic,tune=znver4", "skylake-avx512,no=avx512f",
        "x86-64-v4,tune=generic,no=avx+avx2"})
    EXPECT_EQ(parse_cpu(value, "x86_64").spelling(), value);
}

TEST(ParseCpu, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_EQ(refusal("neoverse-n11", "aarch64"),
            R"(unknown aarch64 CPU "neoverse-n11"; did you mean "neoverse-n1"?)");
  EXPECT_EQ(refusal("x86-64-v5", "x86_64").substr(0, 48),
            R"(unknown x86_64 CPU "x86-64-v5"; did you mean "x8)");
  EXPECT_EQ(refusal("neoverse-n1", "x86_64"), R"(unknown x86_64 CPU "neoverse-n1")");
  EXPECT_EQ(refusal("generic,tune=znver44", "x86_64"),
            R"(unknown x86_64 CPU "znver44"; did you mean "znver4"?)");
}

TEST(ParseCpu, TakesWhatPeopleCallArmServersForTheirCores) {
  for (const auto& [said, core] :
       std::vector<std::pair<const char*, const char*>>{{"graviton2", "neoverse-n1"},
                                                        {"graviton3", "neoverse-v1"},
                                                        {"graviton4", "neoverse-v2"},
                                                        {"altra", "neoverse-n1"},
                                                        {"yitian-710", "neoverse-n2"},
                                                        {"axion", "neoverse-v2"},
                                                        {"ampereone", "ampere1"}})
    EXPECT_EQ(parse_cpu(said, "aarch64").spelling(), core) << said;
  EXPECT_EQ(parse_cpu("generic,tune=graviton3", "aarch64").spelling(), "generic,tune=neoverse-v1");
  EXPECT_EQ(refusal("gravitton4", "aarch64"),
            R"(unknown aarch64 CPU "gravitton4"; did you mean "graviton4"?)");
  EXPECT_NE(refusal("graviton4", "x86_64"), "");
}

TEST(ParseCpu, KnowsTheCoreOfEachMachineThatItHasANameFor) {
  for (const char* said : {"graviton", "graviton5", "cobalt", "grace", "kunpeng"}) {
    const std::string name = parse_cpu(said, "aarch64").name;
    EXPECT_TRUE(name == "neoverse-v3" || testing::Value(known_cpus("aarch64"), Contains(name)));
  }
}

TEST(LesserCpus, RunOnTheGreaterOneItsFamilyAndTheMostFeaturesFirst) {
  const auto lesser = lesser_cpus("neoverse-v2", "aarch64");
  const auto place = [&](const char* name) {
    return std::find(lesser.begin(), lesser.end(), name) - lesser.begin();
  };
  EXPECT_EQ(place("neoverse-v1"), 0);
  EXPECT_LT(place("neoverse-n2"), place("neoverse-n1"));
  EXPECT_LT(place("neoverse-n1"), place("cortex-a78"));
  EXPECT_THAT(lesser, Contains("cortex-a53"));
  EXPECT_THAT(lesser, Not(Contains("neoverse-v2")));
  EXPECT_THAT(lesser_cpus("neoverse-n1", "aarch64"), Not(Contains("neoverse-v1")));
  EXPECT_THAT(lesser_cpus("x86-64-v3", "x86_64"), Not(Contains("haswell")));
  EXPECT_EQ(lesser_cpus("znver4", "x86_64").front(), "znver3");
  EXPECT_THAT(lesser_cpus("znver4", "x86_64"), Contains("x86-64-v4"));
}

TEST(ParseCpu, WrongFormsAreRefused) {
  EXPECT_EQ(refusal("generic,fast", "x86_64"),
            R"(CPU "generic,fast": "fast" is neither tune=NAME nor no=FEATURE+FEATURE)");
  for (const char* value : {"", ",", "generic,", "generic,tune=", "generic,no=", "generic,no=a++b",
                            "generic,no=A", "generic,no=a b", "x86-64 -O0", "native"})
    EXPECT_NE(refusal(value, "x86_64"), "") << value;
}

TEST(CpuFlags, OfX86) {
  EXPECT_THAT(cpu_flags(parse_cpu("generic", "x86_64"), "x86_64"), IsEmpty());
  EXPECT_THAT(cpu_flags(parse_cpu("x86-64-v3", "x86_64"), "x86_64"),
              ElementsAre("-march=x86-64-v3"));
  EXPECT_THAT(cpu_flags(parse_cpu("generic,tune=znver4", "x86_64"), "x86_64"),
              ElementsAre("-mtune=znver4"));
  EXPECT_THAT(cpu_flags(parse_cpu("skylake,tune=generic,no=rtm+sgx", "x86_64"), "x86_64"),
              ElementsAre("-march=skylake", "-mtune=generic", "-mno-rtm", "-mno-sgx"));
}

TEST(CpuFlags, OfArm) {
  EXPECT_THAT(cpu_flags(parse_cpu("generic", "aarch64"), "aarch64"), IsEmpty());
  EXPECT_THAT(cpu_flags(parse_cpu("neoverse-v1,no=sve+rng", "aarch64"), "aarch64"),
              ElementsAre("-mcpu=neoverse-v1+nosve+norng"));
  EXPECT_THAT(cpu_flags(parse_cpu("neoverse-n1,tune=neoverse-n2", "aarch64"), "aarch64"),
              ElementsAre("-mcpu=neoverse-n1", "-mtune=neoverse-n2"));
}

TEST(CpuFlags, OfArmSayWhatGenericGoesWithout) {
  EXPECT_THAT(cpu_flags(parse_cpu("generic,no=crc", "aarch64"), "aarch64"),
              ElementsAre("-mcpu=generic+nocrc"));
}

TEST(NativeCpu, IsANameThatParsesBack) {
  const std::string architecture = read_host().architecture;
  const CpuTarget native = host_cpu();
  const CpuTarget parsed = parse_cpu(native.spelling(), architecture);
  EXPECT_EQ(parsed.spelling(), native.spelling());
  EXPECT_EQ(cpu_flags(parsed, architecture), cpu_flags(native, architecture));
}

TEST(CpuRequirement, SaysWhereTheCodeRuns) {
  EXPECT_EQ(cpu_requirement(parse_cpu("generic", "x86_64"), "x86_64"),
            "runs on any x86-64 machine");
  EXPECT_EQ(cpu_requirement(parse_cpu("generic", "aarch64"), "aarch64"),
            "runs on any 64-bit Arm machine (Armv8-A)");
  EXPECT_EQ(cpu_requirement(parse_cpu("skylake,no=sgx", "x86_64"), "x86_64"),
            "needs a CPU with the features of skylake (without sgx)");
  EXPECT_EQ(cpu_requirement(parse_cpu("skylake,no=adx+aes+avx+avx2", "x86_64"), "x86_64"),
            "needs a CPU with the features of skylake (without 4 of them)");
}

}  // namespace
}  // namespace pytune
