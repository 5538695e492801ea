#include "toolchain/passed_trials.h"

#include <gmock/gmock.h>

#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using toolchain_test::says;

class TrialsThatPassed : public sys_test::Scratch {
 protected:
  toolchain_test::FakeCompilers runner_;
};

TEST_F(TrialsThatPassed, AreNotRunAgainByTheNextProbe) {
  Toolchain t;
  t.path = "/usr/bin/gcc-12";
  t.identity = "one";
  runner_.answer = [](const auto& argv) {
    return argv[1] == "-fbad" ? says("error: no\n", 1) : says("");
  };
  const fs::path file = at("trials");
  {
    PassedTrials passed = PassedTrials::read(file);
    ToolchainProbe first(runner_);
    first.take_passed_from(passed);
    EXPECT_EQ(first.trial(t, {"-fgood"}), std::nullopt);
    EXPECT_EQ(first.trial(t, {"-fbad"}), "no");
    passed.write(file);
  }
  PassedTrials passed = PassedTrials::read(file);
  ToolchainProbe next(runner_);
  next.take_passed_from(passed);
  runner_.asked.clear();
  EXPECT_EQ(next.trial(t, {"-fgood"}), std::nullopt);
  EXPECT_THAT(runner_.asked, IsEmpty());
  EXPECT_EQ(next.trial(t, {"-fbad"}), "no");  // what it lacked may have been installed
  EXPECT_EQ(runner_.asked.size(), 1U);
  t.identity = "two";
  ToolchainProbe another(runner_);
  another.take_passed_from(passed);
  EXPECT_EQ(another.trial(t, {"-fgood"}), std::nullopt);
  EXPECT_EQ(runner_.asked.size(), 2U);
}

TEST_F(TrialsThatPassed, AreNoneInAFileOfAnotherKind) {
  const std::string key = PassedTrials::key({{"/usr/bin/gcc-12", "-O2"}}, "one");
  const fs::path file = at("trials");
  for (const std::string& text :
       {std::string(), "other 1\n" + key + "\n", std::string(100, '\0')}) {
    sys_test::write(file, text);
    EXPECT_FALSE(PassedTrials::read(file).has(key));
  }
  sys_test::write(file, "pytune-trials 1\nhalf a li\n" + key + "\n");
  EXPECT_TRUE(PassedTrials::read(file).has(key));
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_FALSE(PassedTrials::read(file).has(key));
}

}  // namespace
}  // namespace pytune
