#include "build/target.h"

#include <gmock/gmock.h>

#include "build/recipe.h"
#include "sys/error.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

CpuProfile neoverse_n1() {
  CpuProfile profile;
  profile.name = "neoverse-n1";
  profile.architecture = "aarch64";
  profile.features = {"crc",  "dotprod", "fp-armv8", "fullfp16", "lse",
                      "neon", "rcpc",    "rdm",      "v8.2a"};
  profile.compilers = {{CompilerFamily::gcc, {"neoverse-n1", "9"}}};
  return profile;
}

Target target(const std::string& sysroot = "/store/root/abc/root") {
  Target t;
  t.profile = neoverse_n1();
  t.cross = {"aarch64-linux-gnu", sysroot};
  t.sysroot_id = "abc";
  t.build_triple = "x86_64-linux-gnu";
  t.machine = {{"aarch64", "/usr/bin/qemu-aarch64", "7.2.0", {"neoverse-n1", "max"}, "e1"},
               "neoverse-n1",
               "/bin/counts.so"};
  return t;
}

Toolchain cross_gcc(const Target& t) {
  Toolchain gcc;
  gcc.name = "gcc-12";
  gcc.path = "/usr/bin/aarch64-linux-gnu-gcc-12";
  gcc.triple = "aarch64-linux-gnu";
  gcc.architecture = "aarch64";
  gcc.ar = "/usr/bin/aarch64-linux-gnu-gcc-ar-12";
  gcc.ranlib = "/usr/bin/aarch64-linux-gnu-gcc-ranlib-12";
  gcc.words = {"--sysroot=" + t.cross.sysroot.string(),
               "-B" + (t.cross.sysroot / "usr/lib/aarch64-linux-gnu").string(), "-isystem",
               "=/usr/include"};
  gcc.identity = "one";
  return gcc;
}

Source target_source() {
  Source s;
  s.id = "0123456789abcdef";
  s.minor = "3.13";
  return s;
}

Recipe recipe(const Target& t, bool trained = false) {
  Configuration configuration;
  configuration.set<Compiler>("gcc-12");
  if (trained) configuration.set<Pgo>(Pgo::Value::training);
  return make_recipe(configuration, "x", cross_gcc(t),
                     {target_source(), TrainingSet{"/training", "abc"}, &t});
}

std::vector<std::string> keys(const Recipe& r) {
  std::vector<std::string> list;
  for (const StageRecipe* stage : r.stages()) list.push_back(stage->id.key);
  return list;
}

TEST(Target, CompilersFindTheSysrootBesideTheBuild) {
  const Toolchain gcc = in_slot(cross_gcc(target()), target());
  EXPECT_THAT(gcc.words,
              ElementsAre("--sysroot=../sysroot", "-B../sysroot/usr/lib/aarch64-linux-gnu",
                          "-isystem", "=/usr/include"));
}

TEST(Target, ConfigureIsToldBothMachinesAndGivenAnInterpreterOfThisOne) {
  const Recipe r = recipe(target());
  EXPECT_THAT(r.configure_arguments, Contains("--host=aarch64-linux-gnu"));
  EXPECT_THAT(r.configure_arguments, Contains("--build=x86_64-linux-gnu"));
  EXPECT_THAT(r.configure_arguments, Contains("--with-build-python=../native/bin/python3.13"));
  EXPECT_THAT(r.configure_arguments, Contains("ac_cv_aligned_required=no"));
  EXPECT_THAT(r.configure_arguments, Contains("PKG_CONFIG_SYSROOT_DIR=../sysroot"));
  EXPECT_THAT(r.configure_arguments, Contains("--disable-shared"));
  EXPECT_THAT(r.configure_arguments, Each(Not(HasSubstr("/store"))));
}

TEST(Target, EveryExecutableIsLinkedWithTheCompilersWords) {
  EXPECT_THAT(recipe(target()).make_variables,
              Contains("LINKCC=/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=../sysroot "
                       "-B../sysroot/usr/lib/aarch64-linux-gnu -isystem =/usr/include -pie"));
}

TEST(Target, KeysFollowTheContentOfTheSysrootAndNotItsPlace) {
  EXPECT_EQ(keys(recipe(target("/a/root"), true)), keys(recipe(target("/b/elsewhere"), true)));
  Target other = target();
  other.sysroot_id = "newer";
  EXPECT_NE(keys(recipe(target())), keys(recipe(other)));
}

TEST(Target, AnotherEmulatorTrainsAnewAndCompilesAnewButConfiguresNothingAnew) {
  Target other = target();
  other.machine.emulator.sha256 = "e2";
  const auto before = keys(recipe(target(), true));
  const auto after = keys(recipe(other, true));
  EXPECT_EQ(before[0], after[0]);  // configure
  EXPECT_EQ(before[1], after[1]);  // instrument
  EXPECT_NE(before[2], after[2]);  // train
  EXPECT_NE(before[3], after[3]);  // compile
}

TEST(Target, KeysWithoutATargetAreWhatTheyWere) {
  const Target t = target();
  Configuration configuration;
  configuration.set<Compiler>("gcc-12");
  const Recipe r = make_recipe(configuration, "x", cross_gcc(t),
                               {target_source(), TrainingSet{"/training", "abc"}});
  EXPECT_FALSE(r.configure.inputs.contains("sysroot"));
}

TEST(Target, RunsItsProgramsUnderTheEmulatorWithThePluginThatFollowsThem) {
  EXPECT_THAT(target_run_words(target(), "/slot"),
              ElementsAre("/usr/bin/qemu-aarch64", "-L", "/slot/sysroot", "-cpu", "neoverse-n1",
                          "-plugin", "/slot/plugin.so"));
}

TEST(Target, CodeForAYoungerCoreDoesNotRunOnIt) {
  EXPECT_THAT(cannot_run_on(target(), "neoverse-v1"),
              Optional(AllOf(HasSubstr("neoverse-v1"), HasSubstr("sve"), HasSubstr("bf16"))));
  EXPECT_THAT(cannot_run_on(target(), "cortex-a520"), Optional(HasSubstr("does not run on")));
}

TEST(Target, CodeForItselfForOlderCoresAndForAllRunsOnIt) {
  for (const char* cpu : {"generic", "neoverse-n1", "cortex-a57", "cortex-a72"})
    EXPECT_EQ(cannot_run_on(target(), cpu), std::nullopt) << cpu;
}

}  // namespace
}  // namespace pytune
