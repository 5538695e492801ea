#include "build/compile_log.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string flags(const std::string& line) {
  const auto effective = effective_flags(line, "Python/ceval.c");
  return effective ? effective->text() : "(nothing)";
}

TEST(EffectiveFlags, LastLevelWins) {
  EXPECT_EQ(flags("gcc -O3 -Wall -O2 -I. -DX=1 -c ../src/Python/ceval.c -o Python/ceval.o"), "-O2");
  EXPECT_EQ(flags("gcc -O2 -O3 -c -o Python/ceval.o Python/ceval.c"), "-O3");
}

TEST(EffectiveFlags, ToggleAndItsNegationShareAGroup) {
  EXPECT_EQ(flags("gcc -fomit-frame-pointer -fno-omit-frame-pointer -c Python/ceval.c"),
            "-fno-omit-frame-pointer");
  EXPECT_EQ(flags("gcc -mno-avx -mavx -c Python/ceval.c"), "-mavx");
  EXPECT_EQ(flags("gcc -flto=auto -fno-lto -c Python/ceval.c"), "-fno-lto");
  EXPECT_EQ(flags("gcc -march=x86-64 -mtune=generic -march=znver4 -c Python/ceval.c"),
            "-mtune=generic -march=znver4");
}

TEST(EffectiveFlags, PositionIndependenceIsOneGroup) {
  EXPECT_EQ(flags("gcc -fPIE -fno-pie -c Python/ceval.c"), "-fno-pie");
  EXPECT_EQ(flags("gcc -fno-pie -fPIC -c Python/ceval.c"), "-fPIC");
}

TEST(EffectiveFlags, PathsMacrosAndWarningsDoNotCount) {
  EXPECT_EQ(
      flags("gcc -std=c11 -Wall -Werror=vla -DNDEBUG -IInclude -pipe -g -fwrapv -c Python/ceval.c"),
      "-pipe -g -fwrapv");
}

TEST(EffectiveFlags, FindsTheLineOfTheFileItself) {
  EXPECT_EQ(flags("gcc -O1 -c Python/ceval.cpp\ngcc -O1 -c Other/Python/ceval.c.bak\necho "
                  "Python/ceval.c\ngcc -O2 -c /s/Python/ceval.c -o x\ngcc -O3 -c Python/ceval.c"),
            "-O2");
  EXPECT_EQ(flags("gcc -O1 -c MyPython/ceval.c"), "(nothing)");
  EXPECT_EQ(flags("gcc -O2 Python/ceval.c -o python"), "(nothing)");
  EXPECT_EQ(flags(""), "(nothing)");
}

std::vector<std::string> mismatches(const std::string& line,
                                    const std::vector<std::string>& asked) {
  return flag_mismatches(*effective_flags(line + " -c Python/ceval.c", "Python/ceval.c"), asked);
}

TEST(FlagMismatches, AreSentences) {
  EXPECT_THAT(mismatches("gcc -O2 -fPIC", {"-O3", "-fPIC", "-flto=auto"}),
              ElementsAre("-O3 was asked for, but -O2 is in effect",
                          "-flto=auto was asked for, but is not among the flags in effect"));
  EXPECT_THAT(mismatches("gcc -O3 -fPIC", {"-O3", "-fPIE"}),
              ElementsAre("-fPIE was asked for, but -fPIC is in effect"));
}

TEST(FlagMismatches, NoneWhenAllIsInEffectOrOverriddenByTheUser) {
  EXPECT_THAT(mismatches("gcc -O3 -flto=auto", {"-O3", "-flto=auto", "-Wno-missing-profile"}),
              IsEmpty());
  EXPECT_THAT(mismatches("gcc -fPIE -fPIC", {"-fPIE", "-fPIC"}), IsEmpty());
}

TEST(FunctionsWithoutProfile, AreNamedOnceEach) {
  EXPECT_THAT(
      functions_without_profile(
          "../src/Objects/frameobject.c:1474:1: warning: number of counters in profile data for "
          "function ‘frame_setlineno’ does not match its profile data (counter ‘arcs’, expected 67 "
          "and have 64) [-Wcoverage-mismatch]\n"
          "../src/Objects/frameobject.c:1474:1: warning: the control flow of function "
          "‘frame_setlineno’ does not match its profile data (counter ‘time_profiler’) "
          "[-Wcoverage-mismatch]\n"
          "a.c:1:1: warning: the control flow of function ‘g’ does not match its profile data "
          "[-Wcoverage-mismatch]\n"
          "a.c:1:1: warning: unused function ‘h’ [-Wunused]\n"
          "a.c:1:1: warning: function ‘cut [-Wcoverage-mismatch]\n"),
      ElementsAre("frame_setlineno", "g"));
  EXPECT_THAT(functions_without_profile(""), IsEmpty());
}

TEST(FunctionsWithoutProfile, AreNamedByClangWhereItCountsInItsIntermediateCode) {
  EXPECT_THAT(
      functions_without_profile(
          "warning: ../src/Objects/longobject.c: function control flow change detected (hash "
          "mismatch) long_add Hash = 702941992757231615 up to 2 count discarded "
          "[-Wbackend-plugin]\n"
          "warning: a.c: function control flow change detected (hash mismatch) long_add Hash = 7 "
          "up to 2 count discarded [-Wbackend-plugin]\n"
          "warning: a.c: stack frame size (2064) exceeds limit in 'g' [-Wbackend-plugin]\n"
          "warning: profile data may be out of date: of 2 functions, 1 has mismatched data that "
          "will be ignored [-Wprofile-instr-out-of-date]\n"),
      ElementsAre("long_add"));
}

}  // namespace
}  // namespace pytune
