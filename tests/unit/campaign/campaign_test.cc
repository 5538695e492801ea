#include "campaign/campaign.h"

#include <gmock/gmock.h>

#include "interpreter/wheel.h"
#include "sys/error.h"
#include "unit/campaign/fake_site.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using build_test::has_word;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Builds with -O3 take four fifths of the time.
double seconds_by_code(const std::string& python) {
  return read_file(python).find("-O3") == std::string::npos ? 1.0 : 0.8;
}

class Campaigns : public campaign_test::FakeSite {
 protected:
  Campaigns() {
    seconds_ = seconds_by_code;
    source_test::cpython_tree(at("tree"));
    // As if pyperf had been fetched before.
    const PinnedWheel& pin = pyperf_pin();
    const nlohmann::json inputs = {
        {"package", pin.package}, {"version", pin.version}, {"sha256", pin.sha256}};
    store_.produce({"wheel", step_key(inputs)}, inputs, [&](const fs::path& staging) {
      fs::create_directories(staging / (pin.package + "-" + pin.version));
      return StepResult{true, nlohmann::json::object()};
    });
    request_.spec = parse_sweep(
        R"({"schema": 1, "source": "unused", "baseline": {"compiler": "gcc-12", "opt": "O2"},
            "configurations": [{"name": "three", "opt": "O3"}, {"name": "size", "opt": "Os"}]})",
        "made.json");
    request_.spec.suite = suite({"json", "nbody"}).string();
    request_.spec.measure.rounds = 5;
    request_.spec.measure.confirm_rounds = 5;
    request_.spec.measure.numeric_rounds = 0;
    request_.spec.measure.system_python = false;
    request_.spec.measure.workers.memory_limit = 1U << 30U;
    request_.source = parse_source(at("tree").string(), "", "");
  }

  SweepResult run() { return Campaign(site_, request_).run(); }

  toolchain_test::OnlyOnPath path_{at("bin"), {"gcc-12"}};
  SweepRequest request_;
};

TEST_F(Campaigns, BuildMeasureConfirmAndRecommend) {
  const SweepResult result = run();
  ASSERT_THAT(result.builds, SizeIs(3));
  EXPECT_EQ(result.baseline_build, result.builds[0].id);
  EXPECT_TRUE(result.recommendation.significant);
  EXPECT_TRUE(result.recommendation.confirmed);
  EXPECT_EQ(result.recommendation.arm, result.builds[1].id);
  EXPECT_NEAR(result.recommendation.speed.estimate, 1 / 0.8, 1e-6);
  ASSERT_THAT(result.recommendation.contributions, SizeIs(1));
  EXPECT_EQ(result.recommendation.contributions[0].axis, "opt");
  EXPECT_EQ(evidence_of(result), Evidence::measured);
  std::vector<Arm::Role> roles;
  for (const Arm& arm : result.measurement.arms) roles.push_back(arm.role);
  EXPECT_THAT(roles, ElementsAre(Arm::Role::baseline, Arm::Role::copy, Arm::Role::candidate,
                                 Arm::Role::candidate));
  EXPECT_EQ(exit_status_of(result), 0);
}

std::string name_of_build(const SweepResult& result, const std::string& id) {
  for (const Build& build : result.builds)
    if (build.id == id) return build.name;
  return "";
}

TEST_F(Campaigns, AFasterBuildThatFailsTestsIsNotRecommendedButTheNextBest) {
  seconds_ = [](const std::string& python) {
    const std::string code = read_file(python);
    return code.find("-O3") != std::string::npos   ? 0.8
           : code.find("-Os") != std::string::npos ? 0.9
                                                   : 1;
  };
  failing_ = [](const std::string& python) {
    return read_file(python).find("-O3") != std::string::npos ? "test_sum" : "";
  };
  const SweepResult result = run();
  EXPECT_EQ(name_of_build(result, result.recommendation.arm), "size");
  EXPECT_TRUE(result.recommendation.significant);
  ASSERT_THAT(result.tests, SizeIs(2));
  EXPECT_FALSE(result.tests[0].passed());
  EXPECT_THAT(result.tests[0].only_here, Each("test_sum (test.x.C.test_sum)"));
  EXPECT_TRUE(result.tests[1].passed());
  EXPECT_EQ(result.tests[1].files, 2);
  EXPECT_EQ(result.tests[1].ran, 14);
  EXPECT_THAT(result.warnings,
              Contains(HasSubstr("\"three\" is not recommended: fails tests that the baseline "
                                 "passes: test_sum")));
}

TEST_F(Campaigns, TestsThatFailOnTheBaselineTooDoNotCount) {
  failing_ = [](const std::string&) { return "test_sum"; };
  const SweepResult result = run();
  EXPECT_EQ(name_of_build(result, result.recommendation.arm), "three");
  ASSERT_THAT(result.tests, SizeIs(1));
  EXPECT_THAT(result.tests[0].failing, SizeIs(2));
}

TEST_F(Campaigns, WithoutTestsNoneIsRunAndThatIsSaid) {
  request_.own_tests = false;
  const SweepResult result = run();
  EXPECT_EQ(name_of_build(result, result.recommendation.arm), "three");
  EXPECT_THAT(result.tests, IsEmpty());
  EXPECT_EQ(test_files_, 0);
  EXPECT_THAT(result.warnings, Contains(HasSubstr("tests were not run on the recommended build")));
  request_.own_tests = true;
  EXPECT_THAT(run().tests, SizeIs(1));
  const int ran = test_files_;
  EXPECT_EQ(ran, 4);
  EXPECT_THAT(run().tests, SizeIs(1));
  EXPECT_EQ(test_files_, ran);
}

TEST_F(Campaigns, ABuildThatLostAProtectionFails) {
  machine_.shape = [](elf_test::MadeElf& elf, const std::string& flags) {
    if (flags.find("-O3") == std::string::npos)
      elf.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  };
  const SweepResult result = run();
  ASSERT_FALSE(result.builds[1].ok());
  EXPECT_EQ(result.builds[1].failure->failure_class, "less-safe");
  EXPECT_EQ(result.builds[1].failure->stage, "compile");
  EXPECT_EQ(result.builds[1].failure->message,
            "bin/python3.13 has an executable stack, unlike the baseline");
  EXPECT_THAT(read_file(result.builds[1].failure->log), HasSubstr("stack not executable"));
  EXPECT_TRUE(result.builds[2].ok());
  EXPECT_NE(result.recommendation.arm, result.builds[1].id);
}

TEST_F(Campaigns, ALossThatTheConfigurationAsksForIsNone) {
  machine_.shape = [](elf_test::MadeElf& elf, const std::string& flags) {
    if (flags.find("-O3") == std::string::npos)
      elf.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  };
  EXPECT_EQ(set_value(request_.spec.configurations[0].configuration, "cflags", "-Wl,-z,execstack"),
            std::nullopt);
  EXPECT_TRUE(run().builds[1].ok());
}

void add_module(const fs::path& prefix, const std::string& name) {
  sys_test::write(prefix / "lib/python3.13/lib-dynload" / (name + ".so"), "x");
}

TEST_F(Campaigns, ABuildThatLacksAModuleOfTheBaselineIsNotCompared) {
  for (const char* module : {"_ssl.c", "_lzmamodule.c"})
    sys_test::write(at("tree/Modules") / module, "");
  machine_.add = [](const fs::path& prefix, const std::string& flags) {
    add_module(prefix, "math");
    if (flags.find("-O3") == std::string::npos) add_module(prefix, "_ssl");
  };
  const SweepResult result = run();
  EXPECT_THAT(result.builds[0].missing_modules, ElementsAre("_lzma"));
  EXPECT_THAT(result.warnings, Contains(HasSubstr("lack modules of the standard library: _lzma "
                                                  "(liblzma-dev)")));
  ASSERT_FALSE(result.builds[1].ok());
  EXPECT_EQ(result.builds[1].failure->failure_class, "modules-missing");
  EXPECT_EQ(result.builds[1].failure->message,
            "lacks modules that the baseline has: _ssl (libssl-dev)");
  EXPECT_TRUE(result.builds[2].ok());
}

TEST_F(Campaigns, ABuildWithAModuleThatTheBaselineLacksIsNotCompared) {
  sys_test::write(at("tree/Modules") / "_lzmamodule.c", "");
  machine_.add = [](const fs::path& prefix, const std::string& flags) {
    add_module(prefix, "math");
    if (flags.find("-Os") != std::string::npos) add_module(prefix, "_lzma");
  };
  const SweepResult result = run();
  EXPECT_TRUE(result.builds[1].ok());
  ASSERT_FALSE(result.builds[2].ok());
  EXPECT_EQ(result.builds[2].failure->failure_class, "modules-differ");
}

TEST_F(Campaigns, AreAnsweredFromTheStoreTheSecondTime) {
  const nlohmann::json first = run();
  const int made = machine_.runs("make");
  const int measured = workers_;
  EXPECT_EQ(nlohmann::json(run()), first);
  EXPECT_EQ(machine_.runs("make"), made);
  EXPECT_EQ(workers_, measured);
}

TEST_F(Campaigns, WhoseBuildFailsGoOnAndKeepTheFailureInTheResult) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    return has_word(command, "-Os") ? std::optional(toolchain_test::says("", 2)) : std::nullopt;
  };
  const SweepResult result = run();
  EXPECT_FALSE(result.builds[2].ok());
  EXPECT_THAT(result.measurement.arms, SizeIs(3));
  EXPECT_TRUE(result.recommendation.significant);
}

TEST_F(Campaigns, WithoutABaselineAreNone) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    return has_word(command, "-O2") ? std::optional(toolchain_test::says("", 2)) : std::nullopt;
  };
  try {
    run();
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("the baseline does not build"));
  }
  EXPECT_THAT(store_.kinds(), Not(Contains("sweep")));
}

TEST_F(Campaigns, RebuildTheFinalistsAsAStepOfTheirOwn) {
  request_.spec.measure.rebuilds = 2;
  const SweepResult result = run();
  ASSERT_TRUE(result.rebuilds && result.rebuilds->comparison);
  EXPECT_THAT(result.rebuilds->builds, SizeIs(4));
  EXPECT_EQ(result.recommendation.rebuilds, 2);
  EXPECT_NEAR(result.recommendation.speed.estimate, 1 / 0.8, 1e-6);
  for (const Block& block : result.rebuilds->measurement.blocks)
    EXPECT_EQ(block.phase, Phase::rebuilds);
}

TEST_F(Campaigns, EqualBuildsHaveNoWinnerAndAreNotConfirmed) {
  seconds_ = [](const std::string&) { return 1.0; };
  const SweepResult result = run();
  EXPECT_FALSE(result.recommendation.significant);
  EXPECT_EQ(result.recommendation.arm, result.baseline_build);
  EXPECT_FALSE(result.confirm);
  EXPECT_EQ(exit_status_of(result), 3);
}

TEST_F(Campaigns, PlansFetchAndBuildNothing) {
  request_.target.plan = true;
  const Campaign campaign(site_, request_);
  EXPECT_THAT(campaign.plan().recipes, SizeIs(3));
  EXPECT_EQ(machine_.runs("configure"), 0);
  EXPECT_EQ(workers_, 0);
}

TEST_F(Campaigns, InterruptedWhileMeasuringBuildNothingAnew) {
  const auto well = machine_.otherwise;
  int left = 20;
  machine_.otherwise = [&, well](const Command& command) -> Outcome {
    if (has_word(command, "--worker") && left-- == 0) throw Interrupted();
    return well(command);
  };
  EXPECT_THROW(run(), Interrupted);
  EXPECT_EQ(listener_.under_way, 0);
  const int made = machine_.runs("make");
  machine_.otherwise = well;
  EXPECT_TRUE(run().recommendation.significant);
  EXPECT_EQ(machine_.runs("make"), made);
}

TEST_F(Campaigns, AMisspeltSuiteIsToldBeforeAnythingIsFetched) {
  request_.spec.suite = "bultin";
  EXPECT_THROW(Campaign(site_, request_), UsageError);
  EXPECT_THAT(store_.kinds(), Not(Contains("source")));
}

}  // namespace
}  // namespace pytune
