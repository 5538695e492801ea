#include "machine/package_check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::HasSubstr;

class PackageCheck : public sys_test::Scratch {
 protected:
  // A python3 that answers every question with this.
  std::vector<Finding> answer(const std::string& script, const std::string& machine = "aarch64") {
    sys_test::write(at("python3"), "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(at("python3"), std::filesystem::perms::owner_all);
    return check_packages(runner_, machine, at("python3"));
  }
  SystemRunner runner_;
};

TEST_F(PackageCheck, EachOldPackageIsAProblemWithItsRemedy) {
  const auto findings = answer(
      "printf 'numpy\\t1.19.5\\t1.21.1\\nscipy\\t1.6.0\\t1.7.2\\nOpenBLAS\\t0.3.13\\t0.3.17\\n'");
  ASSERT_EQ(findings.size(), 3U);
  for (const auto& one : findings) EXPECT_EQ(one.level, Finding::Level::problem);
  EXPECT_THAT(findings[0].state, HasSubstr("numpy 1.19.5 is slow or wrong on Arm"));
  EXPECT_THAT(findings[0].remedy, HasSubstr("pip install 'numpy>=1.21.1'"));
  EXPECT_THAT(findings[1].remedy, HasSubstr("pip install 'scipy>=1.7.2'"));
  EXPECT_THAT(findings[2].state, HasSubstr("OpenBLAS 0.3.13"));
  EXPECT_THAT(findings[2].remedy, HasSubstr("libopenblas0"));
}

TEST_F(PackageCheck, NothingOldIsFine) {
  const auto findings = answer("true");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::ok);
}

TEST_F(PackageCheck, OnlyArmIsAsked) {
  EXPECT_TRUE(answer("printf 'numpy\\t1.19.5\\t1.21.1\\n'", "x86_64").empty());
  EXPECT_TRUE(check_packages(runner_, "aarch64", std::nullopt).empty());
}

TEST_F(PackageCheck, APythonThatFailsIsANoteWithItsReason) {
  const auto findings = answer("exit 7");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::note);
  EXPECT_THAT(findings[0].state, HasSubstr("exit status 7"));
}

TEST_F(PackageCheck, ChatterIsNoFindingAndControlCharactersAreNotShown) {
  const auto findings = answer("printf 'hello\\nnumpy\\t1.0\\033[31m\\t1.21.1\\n'");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state.find('\x1b'), std::string::npos);
}

// The script itself, in a real interpreter whose packages are two metadata folders.
TEST_F(PackageCheck, TheQuestionIsUnderstoodByARealPython) {
  const auto python = find_program("python3");
  if (!python) GTEST_SKIP() << "no python3";
  for (const auto& [name, version] : {std::pair{"numpy", "1.20.3"}, std::pair{"scipy", "1.11.0"}}) {
    const std::string folder = fmt::format("packages/{}-{}.dist-info/", name, version);
    sys_test::write(at(folder + "METADATA"),
                    fmt::format("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", name, version));
    sys_test::write(at(folder + "RECORD"), "");
  }
  // -I keeps PYTHONPATH out, so the folder is put in front of what is run.
  const auto findings = answer(fmt::format(
      "shift 2\nexec '{}' -I -c \"import sys; sys.path.insert(0, '{}'); exec(sys.argv[1])\" \"$1\"",
      python->string(), at("packages").string()));
  ASSERT_EQ(findings.size(), 1U) << findings.back().state;
  EXPECT_THAT(findings[0].state, HasSubstr("numpy 1.20.3"));
}

}  // namespace
}  // namespace pytune
