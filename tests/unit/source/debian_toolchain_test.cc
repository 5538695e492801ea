#include "source/debian_toolchain.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

using source_test::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

DebianCompiler parse(const std::string& text) { return parse_debian_compiler(text, "amd64", ""); }

TEST(DebianCompilers, AreAReleaseAndACompilerWithItsVersion) {
  const DebianCompiler gcc = parse("debian:13/gcc-14");
  EXPECT_EQ(gcc.program, "gcc-14");
  EXPECT_EQ(gcc.major, "14");
  EXPECT_FALSE(gcc.clang);
  EXPECT_EQ(gcc.request.suite, "trixie");
  EXPECT_EQ(gcc.request.architecture, "amd64");
  EXPECT_FALSE(gcc.request.ask_mirror);
  EXPECT_THAT(gcc.request.packages, ElementsAre("gcc-14", "binutils"));
  EXPECT_THAT(gcc.request.optional, IsEmpty());
  const DebianCompiler clang = parse("debian:sid/clang-22");
  EXPECT_TRUE(clang.clang);
  EXPECT_TRUE(clang.request.ask_mirror);
  EXPECT_THAT(clang.request.packages, ElementsAre("clang-22", "binutils"));
  EXPECT_THAT(clang.request.optional,
              ElementsAre("lld-22", "llvm-22", "libclang-rt-22-dev", "bolt-22"));
}

TEST(DebianCompilers, OfOneReleaseHaveOneName) {
  EXPECT_EQ(parse("debian:trixie/gcc-14").name, "debian:13/gcc-14");
  EXPECT_EQ(parse("debian:13/gcc-14").name, "debian:13/gcc-14");
  EXPECT_EQ(parse("debian:sid/gcc-16").name, "debian:sid/gcc-16");
}

TEST(DebianCompilers, UseTheHeadersOfThisMachine) {
  EXPECT_THAT(parse("debian:13/gcc-14").request.own, Contains("libc6-dev"));
}

TEST(DebianCompilers, OtherFormsAreRefused) {
  const auto why = [](const std::string& text) {
    return message<UsageError>([&] { parse(text); });
  };
  for (const char* text :
       {"debian:13/gcc", "debian:13", "debian:/gcc-14", "debian:13/tcc-1", "debian:13/gcc-14/x",
        "debian:13/gcc-0", "debian:13/gcc-14;id", "debian:"})
    EXPECT_THAT(why(text), HasSubstr("must be debian:RELEASE/COMPILER")) << text;
  EXPECT_THAT(why("debian:experimental/gcc-16"), HasSubstr("take sid"));
  EXPECT_THAT(why("debian:13-amd64/gcc-14"), HasSubstr("leave out -amd64"));
  EXPECT_EQ(parse("debian:Trixie/gcc-14").name, "debian:13/gcc-14");
  EXPECT_THAT(why("debian:../gcc-14"), HasSubstr("no release has such a name"));
  EXPECT_THAT(message<UsageError>([] { parse_debian_compiler("debian:13/gcc-14", "riscv64", ""); }),
              HasSubstr("unknown architecture"));
}

TEST(DebianCompilers, AnotherCLibraryIsNoOtherCompiler) {
  DebianRoot root;
  root.packages = {{"gcc-14", "14.2", "gcc-14_14.2_amd64.deb", 1, "aa"},
                   {"libc6", "2.41", "libc6_2.41_amd64.deb", 1, "bb"}};
  const std::string contents = contents_of(root);
  root.packages[1].sha256 = "cc";
  EXPECT_EQ(contents_of(root), contents);
  root.packages[0].sha256 = "cc";
  EXPECT_NE(contents_of(root), contents);
}

}  // namespace
}  // namespace pytune
