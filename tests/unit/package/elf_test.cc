#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "package/licences.h"
#include "package/manifest.h"
#include "package/static_library.h"
#include "unit/package/fake_prefix.h"

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A relocatable object with one section of gcc's LTO code, as small as it can be.
std::string lto_object(char slim) {
  const std::string names = std::string("\0.shstrtab\0.gnu.lto_.lto.0123\0", 30);
  const std::string lto = std::string("\x0d\0\0\0", 4) + slim + std::string(3, '\0');
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_REL;
  header.e_shoff = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 1;
  Elf64_Shdr sections[3] = {};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = sizeof header + sizeof sections;
  sections[1].sh_size = names.size();
  sections[2].sh_name = 11;
  sections[2].sh_type = SHT_PROGBITS;
  sections[2].sh_offset = sections[1].sh_offset + names.size();
  sections[2].sh_size = lto.size();
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         std::string(reinterpret_cast<const char*>(sections), sizeof sections) + names + lto;
}

TEST(StaticLibraryTest, KnowsCompilerPrivateCode) {
  EXPECT_EQ(static_library_is_private(ar_archive({})), std::nullopt);
  EXPECT_EQ(static_library_is_private(ar_archive({"odd", "plain object"})), std::nullopt);
  EXPECT_EQ(static_library_is_private(ar_archive({lto_object(0)})),
            std::nullopt);  // fat: has machine code too
  EXPECT_THAT(static_library_is_private(ar_archive({"odd", lto_object(1)})).value_or(""),
              HasSubstr("slim"));
  EXPECT_THAT(static_library_is_private(ar_archive({"x", "BC\xC0\xDE..."})).value_or(""),
              HasSubstr("bitcode"));
  EXPECT_THAT(static_library_is_private("!<thin>\nrest").value_or(""), HasSubstr("thin"));
  EXPECT_THAT(static_library_is_private("what").value_or(""), HasSubstr("not an archive"));
  const std::string whole = ar_archive({lto_object(0), lto_object(1)});
  EXPECT_THAT(static_library_is_private(whole.substr(0, whole.size() - 1)).value_or(""),
              HasSubstr("damaged"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    static_library_is_private(whole.substr(0, size));
}

TEST(ManifestTest, Triples) {
  EXPECT_EQ(target_triple({{"MULTIARCH", "aarch64-linux-gnu"}}), "aarch64-unknown-linux-gnu");
  EXPECT_EQ(target_triple({{"HOST_GNU_TYPE", "x86_64-pc-linux-gnu"}}), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(target_triple({}), "unknown-unknown-linux-gnu");
}

TEST(ManifestTest, SystemLibrariesAreThoseOfOthers) {
  std::map<std::string, ElfFacts> files;
  files["lib/libpython3.13.so.1.0"].soname = "libpython3.13.so.1.0";
  files["bin/python3.13"].needed = {"libpython3.13.so.1.0", "libm.so.6", "libc.so.6",
                                    "ld-linux-aarch64.so.1"};
  files["lib/_ssl.so"].needed = {"libssl.so.3", "libcrypto.so.3", "libc.so.6"};
  EXPECT_THAT(system_libraries(files), ElementsAre("libcrypto.so.3", "libssl.so.3"));
}

TEST(LicencesTest, CommentAtTheHead) {
  EXPECT_EQ(leading_comment("/*\n * Copyright (c) X.\n *\n * - a clause\n */\nint x;"),
            "Copyright (c) X.\n\n- a clause\n");
  EXPECT_EQ(leading_comment("/* ------\nCopyright X\n-------*/"), "Copyright X\n");
  for (const char* text : {"", "int x; /* no */", "/* no end", "// line"})
    EXPECT_THAT(leading_comment(text), IsEmpty()) << text;
}

}  // namespace
}  // namespace pytune
