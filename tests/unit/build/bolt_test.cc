#include "build/bolt.h"

#include <gmock/gmock.h>

#include "build/failure.h"
#include "unit/build/fake_bolt.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class BoltStage : public sys_test::Scratch {
 protected:
  BoltStage() {
    source_.id = "0123456789abcdef";
    source_.minor = "3.14";
    source_.tree = at("tree");
    source_test::cpython_tree(source_.tree);
    sys_test::write(at("native/bin/python3.14"), "");
    for (const char* tool : {"llvm-bolt", "merge-fdata", "libbolt_rt_instr.a", "counts.so"})
      sys_test::write(at(tool), tool);
    clang_.name = "clang-19";
    clang_.family = CompilerFamily::clang;
    clang_.path = "/usr/bin/clang-19";
    clang_.architecture = "x86_64";
    clang_.identity = "one";
    clang_.bolt = at("llvm-bolt");
    clang_.bolt_major = 19;
    clang_.merge_fdata = at("merge-fdata");
  }

  Target arm() const {
    Target target;
    target.profile.name = "neoverse-n1";
    target.profile.architecture = "aarch64";
    target.cross = {"aarch64-linux-gnu", at("root")};
    target.sysroot_id = "abc";
    target.build_triple = "x86_64-linux-gnu";
    target.machine = {{"aarch64", "/usr/bin/qemu-aarch64", "7.2.0", {"neoverse-n1", "max"}, "e1"},
                      "neoverse-n1",
                      at("counts.so")};
    return target;
  }

  Step run(const Target* target = nullptr, Libpython::Value linked = Libpython::Value::static_) {
    Configuration configuration;
    configuration.set<Compiler>("clang-19");
    configuration.set<Pie>(linked == Libpython::Value::shared ? Pie::Value::pie
                                                              : Pie::Value::no_pie);
    configuration.set<Bolt>(Bolt::Value::on);
    configuration.set<Libpython>(linked);
    recipe_ = make_recipe(configuration, "bolted", clang_, {source_, training_, target});
    store_.produce(recipe_.compile.id, recipe_.compile.inputs, [](const fs::path& staging) {
      sys_test::write(staging / "prefix/bin/python3.14", "compiled");
      sys_test::write(staging / "prefix/lib/libpython3.14.so.1.0", "compiled library");
      return StepResult{};
    });
    BuildContext context{store_, runner_, jobs_, source_, training_};
    context.native_prefix = at("native");
    return run_stage(context, recipe_, *recipe_.bolt);
  }

  // The words of the commands whose program or, under setarch, whose first words have this.
  std::vector<std::string> words_with(const std::string& part) const {
    for (const Command& command : runner_.commands)
      if (build_test::has_word(command, part)) return command.argv;
    return {};
  }

  Store store_{at("store")};
  build_test::FakeBolt bolt_;
  source_test::FakeRunner runner_{[this](const Command& command) { return bolt_.run(command); }};
  JobServer jobs_{2};
  Source source_;
  TrainingSet training_{"/training", "abc", {"/own.py"}};
  Toolchain clang_;
  Recipe recipe_;
};

TEST_F(BoltStage, RewritesByWhatTheTrainingCounted) {
  const Step step = run();
  ASSERT_TRUE(step.ok);
  EXPECT_EQ(read_file(step.directory / "prefix/bin/python3.14"), "rewritten");
  EXPECT_FALSE(fs::exists(step.directory / "prefix/bin/plain"));
  EXPECT_FALSE(step.details.at("profile_sha256").get<std::string>().empty());
  EXPECT_THAT(words_with("-instrument"), Not(Contains(HasSubstr("-runtime-instrumentation-lib"))));
  EXPECT_THAT(words_with("run.py"), Not(Contains(HasSubstr("qemu"))));
  EXPECT_THAT(words_with("merge-fdata"), Contains(EndsWith(".77.fdata")));
  EXPECT_THAT(words_with("-data="), Contains("-reorder-functions=cdsort"));
}

TEST_F(BoltStage, OfASharedInterpreterRewritesItsLibrary) {
  const Step step = run(nullptr, Libpython::Value::shared);
  ASSERT_TRUE(step.ok);
  EXPECT_EQ(read_file(step.directory / "prefix/bin/python3.14"), "compiled");
  EXPECT_EQ(read_file(step.directory / "prefix/lib/libpython3.14.so.1.0"), "rewritten");
  EXPECT_FALSE(fs::exists(step.directory / "prefix/lib/plain"));
  EXPECT_THAT(words_with("run.py"), Contains(EndsWith("bin/python3.14")));
}

TEST_F(BoltStage, LeavesTheLibraryBesideAStaticInterpreterAlone) {
  const Step step = run(nullptr, Libpython::Value::both);
  EXPECT_EQ(read_file(step.directory / "prefix/bin/python3.14"), "rewritten");
  EXPECT_EQ(read_file(step.directory / "prefix/lib/libpython3.14.so.1.0"), "compiled library");
}

TEST_F(BoltStage, TrainsOnAUsersProgramsToo) {
  run();
  EXPECT_THAT(words_with("/own.py"), Contains(EndsWith("bin/python3.14")));
}

TEST_F(BoltStage, OfAnotherMachineCountsUnderItsEmulatorWithItsRuntime) {
  clang_.architecture = "aarch64";
  clang_.bolt_runtime = at("libbolt_rt_instr.a");
  const Target target = arm();
  const Step step = run(&target);
  ASSERT_TRUE(step.ok);
  EXPECT_THAT(words_with("-instrument"),
              Contains(StartsWith("-runtime-instrumentation-lib=")).Times(1));
  for (const char* run : {"run.py", "/own.py", "sys.exit"}) {
    EXPECT_THAT(words_with(run), Contains("/usr/bin/qemu-aarch64")) << run;
    EXPECT_THAT(words_with(run), Contains("neoverse-n1")) << run;
  }
  EXPECT_THAT(words_with("-data="), Contains("-split-strategy=profile2"));
}

TEST_F(BoltStage, WithoutAProfileIsAFailureAndLeavesNoPrefix) {
  bolt_.leaves_profile = false;
  const Step step = run();
  ASSERT_FALSE(step.ok);
  EXPECT_EQ(failure_of(step).failure_class, "bolt-failed");
  EXPECT_THAT(failure_of(step).message, HasSubstr("left no profile"));
  EXPECT_FALSE(fs::exists(step.directory / "prefix"));
}

}  // namespace
}  // namespace pytune
