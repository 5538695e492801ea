#include "binary/elf_versions.h"

#include <gmock/gmock.h>

#include "sys/files.h"

namespace pytune {
namespace {

using testing::Contains;

TEST(ElfVersionsTest, ReadsThisProgram) {
  const auto facts = read_elf(read_file("/proc/self/exe"));
  ASSERT_TRUE(facts);
  EXPECT_THAT(facts->needed, Contains("libc.so.6"));
  EXPECT_THAT(facts->loader, testing::HasSubstr("/ld-linux"));
  EXPECT_EQ(libc_of(*facts), Libc::glibc);
  EXPECT_TRUE(facts->versions.contains("libc.so.6"));
  EXPECT_FALSE(facts->text_relocations);
  EXPECT_FALSE(facts->executable_stack);
  EXPECT_THAT(newest_glibc({*facts}), testing::StartsWith("2."));
}

TEST(ElfVersionsTest, DamagedFilesAreReadToNoHarm) {
  const std::string whole = read_file("/bin/sh");
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 50)
    read_elf(whole.substr(0, size));
  // Every byte of the headers and of the dynamic section's surroundings, wrong in two ways.
  for (std::size_t at = 4; at < std::min<std::size_t>(whole.size(), 2000); ++at)
    for (const char wrong : {'\xff', '\x00'}) {
      std::string damaged = whole;
      damaged[at] = wrong;
      read_elf(damaged);
    }
  EXPECT_EQ(read_elf(""), std::nullopt);
  EXPECT_EQ(read_elf("#!/bin/sh"), std::nullopt);
  EXPECT_EQ(read_elf("\x7f"
                     "ELF"),
            std::nullopt);
}

TEST(ElfVersionsTest, VersionsCompareByNumber) {
  ElfFacts old;
  old.versions["libc.so.6"] = {"GLIBC_2.9", "GLIBC_PRIVATE", "GLIBC_2.2.5"};
  ElfFacts recent;
  recent.versions["libm.so.6"] = {"GLIBC_2.29"};
  recent.versions["libgcc_s.so.1"] = {"GCC_99.0"};
  EXPECT_EQ(newest_glibc({old, recent}), "2.29");
  EXPECT_EQ(newest_glibc({old}), "2.9");
  EXPECT_EQ(newest_glibc({}), "");
}

TEST(ElfVersionsTest, ANeedByNameCountsAsTheReleaseThatHasItFirst) {
  ElfFacts file;
  file.versions["libc.so.6"] = {"GLIBC_2.34", "GLIBC_ABI_DT_RELR"};
  EXPECT_EQ(newest_glibc({file}), "2.36");
  file.versions["ld-linux-x86-64.so.2"] = {"GLIBC_ABI_GNU2_TLS"};
  EXPECT_EQ(newest_glibc({file}), "2.42");
  EXPECT_THAT(unknown_glibc_names({file}), testing::IsEmpty());
  file.versions["libc.so.6"] = {"GLIBC_2.34", "GLIBC_ABI_NOT_YET"};
  EXPECT_THAT(unknown_glibc_names({file}), testing::ElementsAre("GLIBC_ABI_NOT_YET"));
  file.versions["libc.so.6"] = {"GLIBC_2.34", "GLIBC_PRIVATE"};
  EXPECT_THAT(unknown_glibc_names({file}), testing::ElementsAre("GLIBC_PRIVATE"));
}

TEST(ElfVersionsTest, TellsTheCLibrary) {
  ElfFacts file;
  EXPECT_EQ(libc_of(file), Libc::none);
  file.loader = "/lib/ld-musl-x86_64.so.1";
  EXPECT_EQ(libc_of(file), Libc::musl);
  file = {};
  file.needed = {"libc.musl-aarch64.so.1"};
  EXPECT_EQ(libc_of(file), Libc::musl);
  file.needed = {"libm.so.6", "libc.so.6"};
  EXPECT_EQ(libc_of(file), Libc::glibc);
  file.needed = {"libc.so"};
  EXPECT_EQ(libc_of(file), Libc::musl);
  file.needed = {"libdl.so", "libc.so"};
  EXPECT_EQ(libc_of(file), Libc::bionic);
  file.needed = {"libc.so"};
  file.loader = "/system/bin/linker64";
  EXPECT_EQ(libc_of(file), Libc::bionic);
  file.needed = {"libc.so.0"};
  file.loader = "/lib/ld64-uClibc.so.0";
  EXPECT_EQ(libc_of(file), Libc::uclibc);
  file = {};
  file.loader = "/lib64/ld-linux-x86-64.so.2";
  file.needed = {"libpython3.13.so.1.0"};
  EXPECT_EQ(libc_of(file), Libc::none) << "its libraries may, and are asked themselves";
}

}  // namespace
}  // namespace pytune
