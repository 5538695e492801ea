#include "measure/emulation.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::HasSubstr;

TEST(Emulation, IsAProgramOfAnotherArchitectureThanTheCpu) {
  EXPECT_EQ(emulation_of({.compiler = "MSC v.1938 64 bit (AMD64)",
                          .cpu_model = "ARMv8 (64-bit) Family 8 Model D4B Revision 0, Qualcomm",
                          .platform = "Windows-11-10.0.22631-SP0",
                          .file = ""}),
            "x86 on Arm, by Windows");
  EXPECT_EQ(emulation_of({"MSC v.1900 32 bit (Intel)", "Snapdragon X Elite", "Windows-10", ""}),
            "x86 on Arm, by Windows");
  EXPECT_EQ(emulation_of({"Clang 15.0.0", "Apple M1", "macOS-14.2-x86_64-i386-64bit", ""}),
            "x86-64 on Apple silicon, by Rosetta");
  EXPECT_EQ(emulation_of({"GCC 12.2.0", "Intel(R) Xeon(R) CPU @ 2.20GHz",
                          "Linux-6.1.0-aarch64-with-glibc2.36", ""}),
            "a program for Arm on an x86 CPU");
  EXPECT_EQ(emulation_of({"GCC 12.2.0", "Neoverse-N1", "Linux-6.1.0-x86_64-with-glibc2.36", ""}),
            "a program for x86 on an Arm CPU");
}

TEST(Emulation, IsKnownOfAnyArchitectureAndByTheNamesOfClouds) {
  EXPECT_EQ(emulation_of({"GCC 13", "AMD EPYC 7763", "Linux-6.1-riscv64-with-glibc2.39", ""}),
            "a program for riscv64 on an x86 CPU");
  EXPECT_EQ(emulation_of({"GCC 13", "Neoverse-N1", "Linux-6.1-ppc64le-with-glibc2.39", ""}),
            "a program for ppc64le on an Arm CPU");
  EXPECT_EQ(emulation_of({"GCC 13", "POWER9", "Linux-6.1-ppc64le-with-glibc2.39", ""}), "");
  for (const char* cpu : {"Cobalt 100", "NVIDIA Grace", "Google Axion", "Ampere(R) Altra(R)"})
    EXPECT_EQ(emulation_of({"MSC v.1943 64 bit (AMD64)", cpu, "Windows-11", ""}),
              "x86 on Arm, by Windows")
        << cpu;
}

TEST(Emulation, IsACpuThatOnlyEmulatorsName) {
  EXPECT_THAT(emulation_of({"GCC 13", "VirtualApple @ 2.50GHz", "Linux-6.1-x86_64", ""}),
              HasSubstr("Rosetta"));
  EXPECT_THAT(emulation_of({"GCC 13", "QEMU Virtual CPU version 2.5+", "Linux-6.1-x86_64", ""}),
              HasSubstr("QEMU Virtual CPU version 2.5+"));
  EXPECT_THAT(emulation_of({"GCC 13", "QEMU TCG CPU version 2.5+", "", ""}), HasSubstr("TCG"));
  EXPECT_THAT(emulation_of({"GCC 13", "FEX-2312", "Linux-6.1-x86_64", ""}), HasSubstr("FEX"));
}

// pyperf notes no CPU on Windows, but the files of bench_runner say what the machine was.
TEST(Emulation, TheMachineMayStandInTheNameOfTheFile) {
  EXPECT_EQ(emulation_of({"MSC v.1938 64 bit (AMD64)", "", "Windows-11-10.0.22631-SP0",
                          "results/bm-20240101-surface-arm64-python-main-3.13.0a2-abcdef0.json"}),
            "x86 on Arm, by Windows");
  EXPECT_EQ(emulation_of({"GCC 11", "", "Linux-5.15-aarch64-with-glibc2.35",
                          "bm-20240101-arminc-aarch64-python-main-3.13.0a2-abcdef0.json"}),
            "");
  for (const char* file : {"bm-", "bm", "bm-1", "bm-1-2-", ""})
    EXPECT_EQ(emulation_of({"MSC v.1938 64 bit (AMD64)", "", "Windows-11", file}), "") << file;
}

TEST(Emulation, IsNotToldOfWhatIsNative) {
  EXPECT_EQ(emulation_of({"MSC v.1938 64 bit (AMD64)", "", "Windows-10-10.0.19045-SP0", ""}), "");
  EXPECT_EQ(emulation_of({"MSC v.1938 64 bit (ARM64)", "ARMv8 (64-bit)", "Windows-11", ""}), "");
  EXPECT_EQ(emulation_of({"Clang 15", "Apple M2", "macOS-14.2-arm64-arm-64bit", ""}), "");
  EXPECT_EQ(emulation_of({"GCC 12", "AMD EPYC 7B13", "Linux-6.1-x86_64-with-glibc2.36", ""}), "");
  EXPECT_EQ(emulation_of({"GCC 12", "Neoverse-V1", "Linux-6.1-aarch64-with-glibc2.36", ""}), "");
  EXPECT_EQ(emulation_of({"", "swarm charm", "Linux-x86_64", ""}), "");
  EXPECT_EQ(emulation_of({"", "", "", ""}), "");
}

}  // namespace
}  // namespace pytune
