#include "build/scheduler.h"

#include <gmock/gmock.h>

#include <set>

#include "build/failure.h"
#include "sys/error.h"
#include "unit/build/fake_bolt.h"
#include "unit/build/fake_machine.h"
#include "unit/source/support.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using build_test::FakeMachine;
using build_test::has_word;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using toolchain_test::says;

class Builds : public sys_test::Scratch {
 protected:
  Builds() {
    source_.id = "0123456789abcdef";
    source_.minor = "3.13";
    source_.tree = at("tree");
    source_test::cpython_tree(source_.tree);
    gcc_.name = "gcc-12";
    gcc_.path = "/usr/bin/gcc-12";
    gcc_.triple = "x86_64-linux-gnu";
    gcc_.architecture = "x86_64";
    gcc_.identity = "one";
  }

  Recipe recipe(OptLevel::Value opt, const std::string& name, int rebuild = 0) const {
    Configuration configuration;
    configuration.set<Compiler>("gcc-12");
    configuration.set<OptLevel>(opt);
    return make_recipe(configuration, name, gcc_, {source_, training_}, rebuild);
  }
  std::vector<Recipe> two() const {
    return {recipe(OptLevel::Value::O2, "two"), recipe(OptLevel::Value::O3, "three")};
  }
  std::vector<Build> run(const BuildOrder& order) {
    BuildContext context{store_, machine_, jobs_, source_, training_};
    listener_ = std::make_unique<test::RecordedListener>();
    return run_builds(context, order, *listener_);
  }
  bool nothing_is_staged() const { return fs::is_empty(store_.root() / "staging"); }

  Store store_{at("store")};
  FakeMachine machine_;
  JobServer jobs_{2};
  Source source_;
  TrainingSet training_{"/training", "abc"};
  Toolchain gcc_;
  std::unique_ptr<test::RecordedListener> listener_;
};

TEST_F(Builds, ComeInTheOrderOfTheirRecipesAndShareStages) {
  const auto builds = run({.recipes = two(), .parallel = 2});
  ASSERT_THAT(builds, SizeIs(2));
  EXPECT_TRUE(builds[0].ok() && builds[1].ok());
  EXPECT_EQ(builds[0].name, "two");
  EXPECT_NE(builds[0].code_sha256, builds[1].code_sha256);
  EXPECT_TRUE(fs::exists(builds[1].python));
  EXPECT_THAT(builds[1].effective_flags, HasSubstr("-O3"));
  EXPECT_GT(builds[0].build_seconds, 0);
  EXPECT_EQ(machine_.runs("configure"), 1);   // -O is not configure's business
  EXPECT_EQ(machine_.runs("compileall"), 1);  // the library is one
  EXPECT_EQ(machine_.runs("make"), 4);
}

// What make left has times in it that hold for one build.
TEST_F(Builds, ShareTheLibrarysBytecodeAndHaveTheirOwnSettings) {
  machine_.add = [](const fs::path& prefix, const std::string& flags) {
    sys_test::write(prefix / "lib/python3.13/_sysconfigdata__linux.py", flags);
    sys_test::write(prefix / "lib/python3.13/__pycache__/os.pyc", "with a time");
  };
  const auto builds = run({.recipes = two(), .parallel = 1});
  ASSERT_TRUE(builds[0].ok() && builds[1].ok());
  std::set<std::string> settings;
  for (const Build& build : builds) {
    const fs::path library = build.prefix / "lib/python3.13";
    EXPECT_EQ(read_file(library / "__pycache__/os.pyc"), "code");
    const std::string own = read_file(library / "__pycache__/_sysconfigdata__linux.pyc");
    EXPECT_EQ(own, read_file(library / "_sysconfigdata__linux.py"));
    settings.insert(own);
  }
  EXPECT_THAT(settings, SizeIs(2));
  EXPECT_EQ(machine_.runs("compileall"), 3);
}

TEST_F(Builds, SayWhatBoltWasTold) {
  for (const char* tool : {"llvm-bolt", "merge-fdata"}) sys_test::write(at(tool), tool);
  gcc_.bolt = at("llvm-bolt");
  gcc_.bolt_major = 19;
  gcc_.merge_fdata = at("merge-fdata");
  build_test::FakeBolt bolt;
  machine_.otherwise = [&](const Command& command) { return bolt.run(command); };
  Configuration configuration;
  configuration.set<Compiler>("gcc-12");
  configuration.set<Pie>(Pie::Value::no_pie);
  configuration.set<Bolt>(Bolt::Value::on);
  const auto builds =
      run({.recipes = {recipe(OptLevel::Value::O2, "plain"),
                       make_recipe(configuration, "bolted", gcc_, {source_, training_})}});
  ASSERT_THAT(builds, SizeIs(2));
  ASSERT_TRUE(builds[1].ok()) << builds[1].failure->message;
  EXPECT_THAT(builds[0].bolt_arguments, IsEmpty());
  EXPECT_EQ(builds[1].bolt_arguments, bolt_flags(gcc_));
}

TEST_F(Builds, AreFoundByALaterRun) {
  BuildOrder order{.recipes = two(), .parallel = 2};
  for (const Recipe& one : order.recipes)
    for (const StageRecipe* stage : one.stages()) order.minutes[stage->id] = 1;
  run(order);
  EXPECT_DOUBLE_EQ(listener_->minutes_done, 5);
  const int made = machine_.runs("make");
  const auto again = run(order);
  EXPECT_TRUE(again[1].ok());
  EXPECT_EQ(machine_.runs("make"), made);
  EXPECT_DOUBLE_EQ(listener_->minutes_done, 0);
  EXPECT_DOUBLE_EQ(listener_->minutes_found, 5);
  EXPECT_THAT(listener_->lines, IsEmpty());
}

TEST_F(Builds, ThatFailAreResultsWithALogAndTheOthersGoOn) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    if (!has_word(command, "-O3")) return std::nullopt;
    std::ofstream(command.log, std::ios::app) << "ceval.c:1:1: error: no such thing\n";
    return says("", 2);
  };
  const auto builds = run({.recipes = two(), .parallel = 1});
  EXPECT_TRUE(builds[0].ok());
  ASSERT_FALSE(builds[1].ok());
  EXPECT_EQ(builds[1].failure->stage, "compile");
  EXPECT_THAT(builds[1].failure->message, HasSubstr("no such thing"));
  EXPECT_THAT(read_file(builds[1].failure->log), HasSubstr("no such thing"));
  EXPECT_THAT(listener_->lines, Contains(HasSubstr("FAILED compile (three)")));
  // The compiler will say the same again, so it is not asked.
  const int made = machine_.runs("make");
  EXPECT_FALSE(run({.recipes = two()})[1].ok());
  EXPECT_EQ(machine_.runs("make"), made);
}

TEST_F(Builds, AreNotHeldAgainstAConfigurationWhereMemoryOrDiskRanOut) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    if (!has_word(command, "-O3")) return std::nullopt;
    Outcome outcome;
    outcome.signal = 9;
    return outcome;
  };
  const auto builds = run({.recipes = two()});
  ASSERT_FALSE(builds[1].ok());
  EXPECT_FALSE(builds[1].failure->deterministic);
  EXPECT_TRUE(fs::exists(builds[1].failure->log));
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    if (has_word(command, "-O3")) throw Failure("write: No space left on device");
    return std::nullopt;
  };
  EXPECT_EQ(run({.recipes = two()})[1].failure->failure_class, "disk-full");
  machine_.goes_wrong = [](const Command&) { return std::nullopt; };
  EXPECT_TRUE(run({.recipes = two()})[1].ok());
  EXPECT_TRUE(nothing_is_staged());
}

TEST_F(Builds, BeginNothingMoreOnceTheIndispensableOneFailed) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    return has_word(command, "-O2") ? std::optional(says("", 2)) : std::nullopt;
  };
  BuildOrder order{.recipes = two(), .parallel = 1};
  order.indispensable = &order.recipes.front();
  const auto builds = run(order);
  EXPECT_FALSE(builds[0].ok() || builds[1].ok());
  EXPECT_EQ(builds[1].failure->stage, "compile");
  EXPECT_THAT(listener_->begun, Not(Contains(HasSubstr("(three)"))));
}

TEST_F(Builds, ThatAreInterruptedLeaveNothingHalfDoneAndGoOnFromThere) {
  machine_.goes_wrong = [](const Command& command) -> std::optional<Outcome> {
    if (has_word(command, "-O3")) throw Interrupted();
    return std::nullopt;
  };
  EXPECT_THROW(run({.recipes = two(), .parallel = 2}), Interrupted);
  EXPECT_EQ(listener_->under_way, 0);
  EXPECT_TRUE(nothing_is_staged());
  machine_.goes_wrong = [](const Command&) { return std::nullopt; };
  EXPECT_TRUE(run({.recipes = two(), .parallel = 2})[1].ok());
  EXPECT_EQ(machine_.runs("configure"), 1);
}

TEST_F(Builds, OfARebuildShareWhatComesBeforeCompiling) {
  const auto builds = run(
      {.recipes = {recipe(OptLevel::Value::O2, "first"), recipe(OptLevel::Value::O2, "again", 1)}});
  EXPECT_TRUE(builds[1].ok());
  EXPECT_EQ(builds[1].rebuild, 1);
  EXPECT_NE(builds[0].id, builds[1].id);
  EXPECT_EQ(machine_.runs("configure"), 1);
}

TEST_F(Builds, AreToldStageByStageWithWhatIsExpectedOfEach) {
  BuildOrder order{.recipes = {recipe(OptLevel::Value::O2, "two")}};
  order.minutes[order.recipes[0].compile.id] = 3;
  run(order);
  EXPECT_THAT(listener_->begun,
              ElementsAre("stage 1 of 3: configure (two)", "stage 2 of 3: compile (two)",
                          "stage 3 of 3: build (two)"));
  EXPECT_DOUBLE_EQ(listener_->minutes_done, 3);
  EXPECT_THAT(listener_->lines, Contains(HasSubstr("[2/3] compile (two) in")));
}

TEST_F(Builds, AStageIsOneStepOfTheStoreWithWhatItRan) {
  BuildContext context{store_, machine_, jobs_, source_, training_};
  const Recipe one = recipe(OptLevel::Value::O2, "two");
  const Step configured = run_stage(context, one, one.configure);
  EXPECT_TRUE(configured.ok);
  EXPECT_FALSE(configured.cached);
  const auto& commands = configured.details.at("commands");
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_THAT(commands[0].at("line").get<std::string>(), HasSubstr("../src/configure"));
  EXPECT_TRUE(fs::exists(configured.directory / "tree" / "Makefile"));
  EXPECT_TRUE(run_stage(context, one, one.configure).cached);
}

TEST_F(Builds, AStageWhoseEarlierOnesAreGoneSaysSo) {
  BuildContext context{store_, machine_, jobs_, source_, training_};
  const Recipe one = recipe(OptLevel::Value::O2, "two");
  try {
    run_stage(context, one, one.compile);
    FAIL();
  } catch (const StageFailed& failed) {
    EXPECT_EQ(failed.failure.failure_class, "store-error");
    EXPECT_THAT(failed.failure.message, HasSubstr("vanished from the store"));
  }
  EXPECT_TRUE(nothing_is_staged());
}

}  // namespace
}  // namespace pytune
