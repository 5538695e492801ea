#include "toolchain/compiler_kind.h"

#include <gmock/gmock.h>

#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using toolchain_test::macros_of;

TEST(CompilerKind, GccIsKnownByItsMacros) {
  const CompilerKind kind = compiler_kind(macros_of(false, "13", "#define __aarch64__ 1\n"));
  EXPECT_EQ(kind.family, CompilerFamily::gcc);
  EXPECT_EQ(kind.version, "13.2.0");
  EXPECT_EQ(kind.architecture, "aarch64");
  EXPECT_THAT(kind.refusal, IsEmpty());
}

TEST(CompilerKind, ClangsOfAllVendorsAreClangs) {
  for (const char* vendor :
       {"", "#define __ARM_LINUX_COMPILER__ 1\n#define __armclang_major__ 24\n",
        "#define __CLANG_FUJITSU 1\n#define __FCC_version__ \"4.11\"\n"}) {
    const CompilerKind kind = compiler_kind(macros_of(true, "18", vendor));
    EXPECT_EQ(kind.family, CompilerFamily::clang) << vendor;
    EXPECT_EQ(kind.version, "18.1.7") << vendor;
    EXPECT_THAT(kind.refusal, IsEmpty()) << vendor;
    EXPECT_THAT(kind.words, IsEmpty()) << vendor;
  }
}

TEST(CompilerKind, IntelsClangIsHeldToPythonsArithmetic) {
  const CompilerKind kind = compiler_kind(
      macros_of(true, "19", "#define __INTEL_LLVM_COMPILER 20240201\n#define __FAST_MATH__ 1\n"));
  EXPECT_THAT(kind.refusal, IsEmpty());
  EXPECT_THAT(kind.words, ElementsAre("-fp-model=precise"));
}

struct Refused {
  const char* macros;
  const char* reason;
};

class RefusedCompiler : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedCompiler, IsNamedForWhatItIs) {
  EXPECT_THAT(compiler_kind(GetParam().macros).refusal, HasSubstr(GetParam().reason));
}

constexpr const char* kGnuC = "#define __linux__ 1\n#define __GNUC__ 12\n";
std::string with_gnu(const char* more) { return std::string(kGnuC) + more; }

TEST(CompilerKind, StrangersThatPoseAsGccAreNamed) {
  for (const auto& [macro, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"#define __NVCOMPILER 1\n", "nvc"},
           {"#define __INTEL_COMPILER 2021\n", "classic icc"},
           {"#define __TINYC__ 927\n", "tcc"},
           {"#define __FCC_version__ \"4.11\"\n", "traditional mode"},
           {"#define __cplusplus 201703L\n", "C++"},
           {"#define __i386__ 1\n", "32-bit"},
           {"#define __ILP32__ 1\n", "32-bit"},
           {"#define __FAST_MATH__ 1\n", "-ffast-math by itself"},
           {"#define __FINITE_MATH_ONLY__ 1\n", "-ffast-math by itself"}})
    EXPECT_THAT(compiler_kind(with_gnu(macro)).refusal, HasSubstr(name)) << macro;
  EXPECT_THAT(compiler_kind(with_gnu("#define __FINITE_MATH_ONLY__ 0\n")).refusal, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RefusedCompiler,
    ::testing::Values(Refused{"", "neither __GNUC__ nor __clang__"},
                      Refused{"hello\n#define\n#define \n", "neither __GNUC__ nor __clang__"},
                      Refused{"#define __GNUC__ 12\n#define __MINGW32__ 1\n", "another system"}));

TEST(CompilerKind, NumbersThatAreNoneCountAsZero) {
  EXPECT_EQ(compiler_kind("#define __GNUC__ x\n#define __GNUC_MINOR__ 99999999999\n").version,
            "0.0.0");
}

}  // namespace
}  // namespace pytune
