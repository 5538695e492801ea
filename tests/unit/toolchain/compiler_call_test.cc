#include "toolchain/compiler_call.h"

#include <gmock/gmock.h>

#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using toolchain_test::OnlyOnPath;

class CompilerCalls : public sys_test::Scratch {};

TEST_F(CompilerCalls, LaunchersAreLeftOut) {
  for (const char* text : {"ccache gcc-12", "/usr/bin/sccache gcc-12", "  ccache   distcc gcc-12 ",
                           "ccache depend_mode=true gcc-12", "buildcache --x gcc-12"}) {
    EXPECT_THAT(compiler_call(text).problem, IsEmpty()) << text;
    EXPECT_THAT(compiler_call(text).words, ElementsAre("gcc-12")) << text;
  }
}

TEST_F(CompilerCalls, OtherWordsStay) {
  EXPECT_THAT(compiler_call("/opt/zig/zig cc").words, ElementsAre("/opt/zig/zig", "cc"));
  EXPECT_THAT(compiler_call("gcc -m64 -B/opt/binutils").words,
              ElementsAre("gcc", "-m64", "-B/opt/binutils"));
}

TEST_F(CompilerCalls, ALauncherAloneIsNoCompiler) {
  EXPECT_THAT(compiler_call("ccache").problem, HasSubstr("names no compiler: ccache starts"));
  EXPECT_THAT(compiler_call("ccache -v").problem, HasSubstr("names no compiler"));
  EXPECT_THAT(compiler_call("   ").problem, HasSubstr("is no word"));
}

TEST_F(CompilerCalls, WhatAnAxisSaysIsNoWordOfTheCompiler) {
  EXPECT_EQ(compiler_call("gcc -flto=auto").problem, "-flto=auto is for the axis lto of the sweep");
  EXPECT_EQ(compiler_call("ccache gcc -march=native").problem,
            "-march=native is for the axis cpu of the sweep");
  EXPECT_THAT(compiler_call("gcc -m64 -fno-plt").problem, IsEmpty());
}

TEST_F(CompilerCalls, CompilersOfOtherReleasesAreNamedAlone) {
  for (const char* text : {"ccache debian:13/gcc-14", "Debian:13/gcc-14", "gcc debian:13/gcc-14"})
    EXPECT_THAT(compiler_call(text).problem, HasSubstr("is named alone, in small letters")) << text;
  EXPECT_THAT(compiler_call("gcc -DX=debian:1").problem, IsEmpty());
}

TEST_F(CompilerCalls, WhatAShellWouldTakeForMoreThanWordsIsRefused) {
  for (const char* text :
       {"gcc; rm x", "gcc `id`", "gcc $(id)", "gcc $CFLAGS", "\"gcc\"", "gcc|x", "gcc >x", "gcc #"})
    EXPECT_THAT(compiler_call(text).problem, HasSubstr("shell of configure and make")) << text;
}

TEST_F(CompilerCalls, ABlankInAPathIsExplained) {
  sys_test::write(at("my compilers/gcc"), "#!/bin/sh\n");
  fs::permissions(at("my compilers/gcc"), fs::perms::owner_all);
  EXPECT_THAT(compiler_call(at("my compilers/gcc")).problem, HasSubstr("a blank in its path"));
}

TEST_F(CompilerCalls, ALinkToALauncherLeadsToTheCompilerBehindIt) {
  const OnlyOnPath path(at("bin"), {"ccache", "gcc-12"});
  fs::create_directories(at("masquerade"));
  fs::create_symlink(at("bin/ccache"), at("masquerade/gcc-12"));
  fs::create_symlink(at("bin/ccache"), at("masquerade/gcc-13"));
  setenv("PATH", (at("masquerade").string() + ":" + at("bin").string()).c_str(), 1);
  std::string problem;
  EXPECT_EQ(compiler_program("gcc-12", problem), at("bin/gcc-12"));
  EXPECT_EQ(compiler_program(at("masquerade/gcc-12"), problem), at("bin/gcc-12"));
  EXPECT_EQ(compiler_program("gcc-13", problem), std::nullopt);
  EXPECT_THAT(problem,
              HasSubstr("masquerade/gcc-13 is a link to ccache, and no gcc-13 is on PATH"));
  EXPECT_EQ(compiler_program("gcc-14", problem), std::nullopt);
  EXPECT_THAT(problem, IsEmpty());
}

}  // namespace
}  // namespace pytune
