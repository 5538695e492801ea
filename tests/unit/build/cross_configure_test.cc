#include "build/cross_configure.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(CrossConfigure, EveryAnswerDiffersFromWhatConfigureAssumes) {
  for (const auto& answer : aarch64_answers()) {
    EXPECT_NE(answer.value, answer.assumed) << answer.variable;
    EXPECT_FALSE(answer.effect.empty()) << answer.variable;
    EXPECT_TRUE(answer.value == "yes" || answer.value == "no") << answer.variable;
  }
}

TEST(CrossConfigure, NamesTheMachinesAndAnswersTheChecks) {
  const auto words =
      cross_configure_words("x86_64-linux-gnu", "aarch64-linux-gnu", "/b/bin/python3.13");
  for (const char* word :
       {"--build=x86_64-linux-gnu", "--host=aarch64-linux-gnu",
        "--with-build-python=/b/bin/python3.13", "--with-computed-gotos",
        "ac_cv_aligned_required=no", "ac_cv_broken_sem_getvalue=no", "ac_cv_working_tzset=yes",
        "ac_cv_wchar_t_signed=no", "ac_cv_ffi_complex_double_supported=yes",
        "ac_cv_file__dev_ptmx=yes", "ac_cv_file__dev_ptc=no"})
    EXPECT_THAT(words, Contains(word));
}

TEST(CrossConfigure, ToolsAndLibrariesAreTheTargets) {
  Toolchain toolchain;
  toolchain.path = "/usr/bin/aarch64-linux-gnu-gcc-12";
  toolchain.words = {"--sysroot=/a b", "-isystem", "=/usr/include"};
  toolchain.ar = "ar12";
  toolchain.readelf = "readelf12";
  const auto variables = cross_variables(toolchain, {"aarch64-linux-gnu", "/a b"});
  EXPECT_EQ(variables.at("CC"),
            "/usr/bin/aarch64-linux-gnu-gcc-12 '--sysroot=/a b' -isystem =/usr/include");
  EXPECT_EQ(variables.at("CPP"), variables.at("CC") + " -E");
  EXPECT_EQ(variables.at("AR"), "ar12");
  EXPECT_EQ(variables.at("PKG_CONFIG_LIBDIR"),
            "/a b/usr/lib/aarch64-linux-gnu/pkgconfig:/a b/usr/share/pkgconfig");
  EXPECT_EQ(variables.at("PKG_CONFIG_SYSROOT_DIR"), "/a b");
  EXPECT_FALSE(variables.contains("LDFLAGS"));
}

TEST(CrossConfigure, ClangLinksWithItsOwnLinker) {
  Toolchain toolchain;
  toolchain.path = "clang-19";
  toolchain.words = {"--target=aarch64-linux-gnu"};
  toolchain.link_words = {"-fuse-ld=lld"};
  const auto variables = cross_variables(toolchain, {"aarch64-linux-gnu", ""});
  EXPECT_EQ(variables.at("LDFLAGS"), "-fuse-ld=lld");
  EXPECT_FALSE(variables.contains("PKG_CONFIG_LIBDIR"));
}

}  // namespace
}  // namespace pytune
