// The texts are written for these tests, after the format in the kernel's arch/arm64/kernel
// (cpuinfo.c) and the HWCAPs that the cores' technical reference manuals lead to; they were not
// taken from machines.
#include "toolchain/native_equivalent.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kA57 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid";
const std::string kN1 =
    kA57 + " atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp";  // ssbs is often not offered
const std::string kV1 = kN1 +
                        " jscvt fcma sha3 sm3 sm4 sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs "
                        "paca pacg dcpodp svei8mm svebf16 i8mm bf16 dgh rng";
const std::string kN2 = kN1 +
                        " jscvt fcma sha3 sm3 sm4 sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs "
                        "sb paca pacg dcpodp sve2 sveaes svepmull svebitperm svesha3 svesm4 flagm2 "
                        "frint svei8mm svebf16 i8mm bf16 dgh bti mte";
const std::string kV2 = kN2 + " rng";

std::string cpu(int number, const std::string& features, int implementer, int part,
                int revision = 1) {
  return fmt::format(
      "processor\t: {}\nBogoMIPS\t: 243.75\nFeatures\t: {}\nCPU implementer\t: 0x{:02x}\n"
      "CPU architecture: 8\nCPU variant\t: 0x1\nCPU part\t: 0x{:03x}\nCPU revision\t: {}\n\n",
      number, features, implementer, part, revision);
}

std::string native(const std::string& text) {
  return arm_native_cpu(parse_arm_cpuinfo(text)).spelling();
}

std::string without(std::string features, const std::string& word) {
  const std::size_t at = features.find(" " + word);
  return features.erase(at, word.size() + 1);
}

TEST(ArmCpuinfo, KindsOfCoresAreTold) {
  const auto cores = parse_arm_cpuinfo(cpu(0, kN1, 0x41, 0xd0c) + cpu(1, kN1, 0x41, 0xd0c));
  ASSERT_THAT(cores, SizeIs(1));
  EXPECT_EQ(cores[0].count, 2);
  EXPECT_EQ(cores[0].implementer, 0x41U);
  EXPECT_EQ(cores[0].part, 0xd0cU);
  EXPECT_EQ(cores[0].variant, 1U);
  EXPECT_EQ(cores[0].revision, 1U);
  EXPECT_THAT(cores[0].hwcaps, testing::Contains("atomics"));
  EXPECT_THAT(parse_arm_cpuinfo(cpu(0, kA57, 0x41, 0xd03) + cpu(1, kA57, 0x41, 0xd08)), SizeIs(2));
}

TEST(ArmCpuinfo, TextsWithoutCpusAreNone) {
  EXPECT_THAT(parse_arm_cpuinfo(""), IsEmpty());
  EXPECT_THAT(parse_arm_cpuinfo("Features : fp\nCPU part : 0xd0c\n"), IsEmpty());
  const auto odd = parse_arm_cpuinfo("processor : 0\nCPU part : 0xzz\nCPU implementer : -1\n:\n");
  ASSERT_THAT(odd, SizeIs(1));
  EXPECT_EQ(odd[0].part, 0U);
}

TEST(ArmNative, TheServerCoresAreKnownByTheirParts) {
  EXPECT_EQ(native(cpu(0, kA57, 0x41, 0xd07)), "cortex-a57");
  EXPECT_EQ(native(cpu(0, kA57, 0x41, 0xd08, 3)), "cortex-a72");
  EXPECT_EQ(native(cpu(0, kN1 + " ssbs", 0x41, 0xd0c)), "neoverse-n1");
  EXPECT_EQ(native(cpu(0, kV1, 0x41, 0xd40)), "neoverse-v1");
  EXPECT_EQ(native(cpu(0, kN2, 0x41, 0xd49)), "neoverse-n2");
  EXPECT_EQ(native(cpu(0, kN2, 0x6d, 0xd49)), "neoverse-n2");  // Cobalt 100
  EXPECT_EQ(native(cpu(0, kV2, 0x41, 0xd4f)), "neoverse-v2");
}

TEST(ArmNative, SteppingsOfOnePartAreOneName) {
  EXPECT_EQ(native(cpu(0, kV1, 0x41, 0xd40, 0) + cpu(1, kV1, 0x41, 0xd40, 1)), "neoverse-v1");
}

TEST(ArmNative, WhatAHypervisorMasksIsGoneWithout) {
  EXPECT_EQ(native(cpu(0, kN1, 0x41, 0xd0c)), "neoverse-n1,no=ssbs");
  EXPECT_EQ(native(cpu(0, without(kV1, "rng"), 0x41, 0xd40)), "neoverse-v1,no=rng");
  EXPECT_EQ(native(cpu(0, without(without(kV1, "sve"), "paca"), 0x41, 0xd40)),
            "neoverse-v1,no=pauth+sve");
}

TEST(ArmNative, MixedCoresGetWhatAllOfThemHave) {
  // Cortex-A53 and A72; A55 and A76, which have N1's features; an A76 with an A53.
  EXPECT_EQ(native(cpu(0, kA57, 0x41, 0xd03, 4) + cpu(1, kA57, 0x41, 0xd08, 3)),
            "cortex-a72,tune=generic");
  EXPECT_EQ(native(cpu(0, kN1 + " ssbs", 0x41, 0xd05) + cpu(1, kN1 + " ssbs", 0x41, 0xd0b)),
            "neoverse-n1,tune=generic");
  EXPECT_EQ(native(cpu(0, kA57, 0x41, 0xd03) + cpu(1, kN1, 0x41, 0xd0b)),
            "cortex-a72,tune=generic");
}

TEST(ArmNative, UnknownPartsGoByTheirFeatures) {
  EXPECT_EQ(native(cpu(0, kV2, 0x41, 0xfff)), "neoverse-v2,tune=generic");
  EXPECT_EQ(native(cpu(0, kV1, 0x99, 0x001)), "neoverse-v1,tune=generic");
  EXPECT_EQ(native(cpu(0, kN1, 0x99, 0x001)), "neoverse-n1,tune=generic,no=ssbs");
  EXPECT_EQ(native(cpu(0, "fp asimd cpuid", 0x99, 0x001)), "generic");
}

TEST(ArmNative, NothingToGoByIsGeneric) {
  EXPECT_EQ(native(""), "generic");
  // What an emulator of an Arm program shows when it passes the host's file through.
  EXPECT_EQ(native("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse2\n"), "generic");
}

TEST(ArmNative, EveryAnswerIsAValueOfTheCpuAxis) {
  for (const std::string& features : {kA57, kN1, kV1, kN2, kV2}) {
    for (const int part : {0xd07, 0xd0c, 0xd40, 0xd49, 0xd4f, 0xd84, 0xfff}) {
      const std::string value = native(cpu(0, features, 0x41, part));
      EXPECT_EQ(parse_cpu(value, "aarch64").spelling(), value);
    }
  }
}

}  // namespace
}  // namespace pytune
