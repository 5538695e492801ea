#include "build/recipe.h"

#include <gmock/gmock.h>

#include "build/training.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Toolchain gcc() {
  Toolchain t;
  t.name = "gcc-12";
  t.path = "/usr/bin/gcc-12";
  t.architecture = "x86_64";
  t.ar = "/usr/bin/gcc-ar-12";
  t.ranlib = "/usr/bin/gcc-ranlib-12";
  t.identity = "one";
  t.bolt = "/bin/true";
  t.merge_fdata = "/bin/true";
  return t;
}

Source source(const std::string& id = "0123456789abcdef") {
  Source s;
  s.id = id;
  s.minor = "3.13";
  return s;
}

Recipe recipe(std::initializer_list<std::pair<const char*, const char*>> values,
              const Toolchain& toolchain = gcc(), const Source& from = source(),
              const std::string& programs = "abc") {
  Configuration configuration;
  for (const auto& [axis, value] : values)
    EXPECT_EQ(set_value(configuration, axis, value), std::nullopt) << axis;
  return make_recipe(configuration, "x", toolchain, {from, TrainingSet{"/training", programs}});
}

Recipe recipe_by_clang(std::initializer_list<std::pair<const char*, const char*>> values) {
  Toolchain clang = gcc();
  clang.family = CompilerFamily::clang;
  clang.profdata = "/usr/bin/llvm-profdata-19";
  return recipe(values, clang);
}

std::vector<std::string> kinds(const Recipe& r) {
  std::vector<std::string> result;
  for (const auto* stage : r.stages()) result.push_back(stage->id.kind);
  return result;
}

TEST(Recipe, StagesFollowTheConfiguration) {
  EXPECT_THAT(kinds(recipe({})), ElementsAre("configure", "compile", "build"));
  EXPECT_THAT(kinds(recipe({{"pgo", "training"}})),
              ElementsAre("configure", "instrument", "train", "compile", "build"));
  EXPECT_THAT(kinds(recipe({{"pgo", "upstream"}, {"bolt", "on"}})),
              ElementsAre("configure", "instrument", "train", "compile", "bolt", "build"));
}

TEST(Recipe, KeysHashTheInputs) {
  const Recipe r = recipe({{"pgo", "training"}});
  for (const auto* stage : r.stages())
    EXPECT_EQ(stage->id.key, step_key(stage->inputs)) << stage->id.kind;
  EXPECT_EQ(recipe({{"pgo", "training"}}).build.id, r.build.id);
}

TEST(Recipe, LaterAxesShareOneTrainingRun) {
  const Recipe plain = recipe({{"pgo", "training"}});
  for (const auto& [axis, value] : std::vector<std::pair<const char*, const char*>>{
           {"lto", "full"}, {"cpu", "x86-64-v3"}, {"linker", "gold"}, {"bolt", "on"}}) {
    const Recipe other = recipe({{"pgo", "training"}, {axis, value}});
    EXPECT_EQ(other.configure.id, plain.configure.id) << axis;
    EXPECT_EQ(other.instrument->id, plain.instrument->id) << axis;
    EXPECT_EQ(other.train->id, plain.train->id) << axis;
    EXPECT_NE(other.compile.id, plain.compile.id) << axis;
    EXPECT_NE(other.build.id, plain.build.id) << axis;
  }
}

TEST(Recipe, WhatIsOnlyRunOtherwiseIsOneBuild) {
  for (const auto& [one, other] : std::vector<std::pair<const char*, const char*>>{
           {"jit=on", "jit=off"}, {"runtime=none", "runtime=malloc"}}) {
    const auto made = [](const std::string& text) {
      const std::size_t equals = text.find('=');
      return recipe({{"pgo", "training"},
                     {"bolt", "on"},
                     {text.substr(0, equals).c_str(), text.substr(equals + 1).c_str()}});
    };
    const Recipe first = made(one);
    const Recipe second = made(other);
    EXPECT_EQ(first.configure.id, second.configure.id) << other;
    EXPECT_EQ(first.train->id, second.train->id) << other;
    EXPECT_EQ(first.compile.id, second.compile.id) << other;
    EXPECT_EQ(first.bolt->id, second.bolt->id) << other;
    EXPECT_NE(first.build.id, second.build.id) << other;
  }
}

TEST(Recipe, TheJitAndTheLockAreConfigured) {
  Toolchain with_llvm = gcc();
  with_llvm.jit_identity = "llvm";
  with_llvm.jit_python = "python3.11";
  const Recipe jit = recipe({{"jit", "on"}, {"pgo", "training"}}, with_llvm);
  EXPECT_THAT(jit.configure_arguments, Contains("--enable-experimental-jit=yes-off"));
  EXPECT_THAT(jit.configure_arguments, Contains("PYTHON_FOR_REGEN=python3.11"));
  EXPECT_EQ(jit.configure.inputs["jit"], "llvm");
  EXPECT_EQ(jit.train->inputs["environments"].size(), 2U);
  EXPECT_THAT(recipe({{"gil", "off"}}).configure_arguments, Contains("--disable-gil"));
}

TEST(Recipe, EarlierAxesNeedTheirOwnTraining) {
  const Recipe plain = recipe({{"pgo", "training"}});
  for (const auto& [axis, value] :
       std::vector<std::pair<const char*, const char*>>{{"opt", "O2"},
                                                        {"pie", "no-pie"},
                                                        {"interposition", "off"},
                                                        {"frame_pointers", "keep"},
                                                        {"cflags", "-fx"}}) {
    const Recipe other = recipe({{"pgo", "training"}, {axis, value}});
    EXPECT_EQ(other.configure.id, plain.configure.id) << axis;
    EXPECT_NE(other.instrument->id, plain.instrument->id) << axis;
    EXPECT_NE(other.train->id, plain.train->id) << axis;
    EXPECT_NE(other.compile.id, plain.compile.id) << axis;
  }
  EXPECT_NE(recipe({{"pgo", "training"}, {"libpython", "shared"}}).configure.id,
            plain.configure.id);
}

TEST(Recipe, TrainingProgramsChangeWhatIsTrainedAndWhatUsesIt) {
  const Recipe one = recipe({{"pgo", "training"}}, gcc(), source(), "abc");
  for (const Recipe& other :
       {recipe({{"pgo", "training"}}, gcc(), source(), "def"), recipe({{"pgo", "upstream"}})}) {
    EXPECT_EQ(other.configure.id, one.configure.id);
    EXPECT_EQ(other.instrument->id, one.instrument->id);
    EXPECT_NE(other.train->id, one.train->id);
    EXPECT_NE(other.compile.id, one.compile.id);
    EXPECT_NE(other.build.id, one.build.id);
  }
  EXPECT_EQ(recipe({}, gcc(), source(), "abc").compile.id,
            recipe({}, gcc(), source(), "def").compile.id);
  EXPECT_NE(recipe({{"bolt", "on"}}, gcc(), source(), "abc").bolt->id,
            recipe({{"bolt", "on"}}, gcc(), source(), "def").bolt->id);
}

TEST(Recipe, SourceAndToolchainChangeEveryStage) {
  const std::initializer_list<std::pair<const char*, const char*>> all{{"pgo", "training"},
                                                                       {"bolt", "on"}};
  const Recipe one = recipe(all);
  Toolchain updated = gcc();
  updated.identity = "two";
  for (const Recipe& other :
       {recipe(all, gcc(), source("fedcba9876543210")), recipe(all, updated)}) {
    const auto a = one.stages();
    const auto b = other.stages();
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_NE(a[i]->id.key, b[i]->id.key) << a[i]->id.kind;
  }
}

TEST(Recipe, WordsForConfigureAndMake) {
  const Recipe r =
      recipe({{"opt", "O2"}, {"pgo", "training"}, {"lto", "full"}, {"libpython", "shared"}});
  EXPECT_THAT(r.configure_arguments,
              ElementsAre("--prefix=/opt/python", "CC=/usr/bin/gcc-12", "AR=/usr/bin/gcc-ar-12",
                          "RANLIB=/usr/bin/gcc-ranlib-12", "--enable-shared"));
  ASSERT_EQ(r.make_variables.size(), 5U);
  EXPECT_EQ(r.make_variables[0], "OPT=-DNDEBUG -O2");
  EXPECT_THAT(r.make_variables[1], HasSubstr("-fprofile-use"));
  EXPECT_THAT(r.make_variables[2], HasSubstr("-fprofile-use"));  // LTO compiles at the link
  EXPECT_THAT(r.make_variables[4], HasSubstr("LINKFORSHARED=-Xlinker -export-dynamic"));
  EXPECT_THAT(r.profile_make_variables[1], HasSubstr("-fprofile-generate"));
  EXPECT_THAT(r.asked_flags, Contains("-O2"));
  EXPECT_THAT(recipe({}).profile_make_variables, IsEmpty());
}

TEST(TrainingSet, HashesAUsersProgramsAndRefusesWhatIsNone) {
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  sys_test::write(scratch.path() / "set/a.py", "1");
  sys_test::write(scratch.path() / "mine.py", "2");
  sys_test::write(scratch.path() / "empty.py", "");
  const auto read = [&](const char* name) {
    return read_training_set(scratch.path() / "set", {(scratch.path() / name).string()});
  };
  const TrainingSet with = read("mine.py");
  EXPECT_THAT(with.own, ElementsAre(scratch.path() / "mine.py"));
  EXPECT_NE(with.sha256, read_training_set(scratch.path() / "set").sha256);
  sys_test::write(scratch.path() / "mine.py", "3");
  EXPECT_NE(with.sha256, read("mine.py").sha256);
  EXPECT_THAT(sys_test::message<UsageError>([&] { read("absent.py"); }),
              HasSubstr("absent.py: no such file"));
  EXPECT_THAT(sys_test::message<UsageError>([&] { read("empty.py"); }), HasSubstr("is empty"));
  EXPECT_THAT(sys_test::message<UsageError>([&] { read("set"); }), HasSubstr("--training: "));
}

TEST(TrainingSet, HashesNamesAndContents) {
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  const auto hash = [&] { return read_training_set(scratch.path()).sha256; };
  EXPECT_THROW(hash(), Failure);
  EXPECT_THROW(read_training_set(scratch.path() / "absent"), Failure);
  sys_test::write(scratch.path() / "a.py", "1");
  const std::string first = hash();
  sys_test::write(scratch.path() / "notes.txt", "ignored");
  EXPECT_EQ(hash(), first);
  sys_test::write(scratch.path() / "a.py", "2");
  const std::string second = hash();
  EXPECT_NE(second, first);
  std::filesystem::rename(scratch.path() / "a.py", scratch.path() / "b.py");
  EXPECT_NE(hash(), second);
}

TEST(Recipe, CountingAfterInliningTrainsTwiceAndSharesTheFirstTraining) {
  const Recipe ir = recipe_by_clang({{"pgo", "training"}, {"pgo_kind", "ir"}});
  const Recipe csir = recipe_by_clang({{"pgo", "training"}, {"pgo_kind", "csir"}});
  EXPECT_EQ(csir.train->id, ir.train->id);
  EXPECT_FALSE(ir.train_inlined);
  ASSERT_TRUE(csir.train_inlined);
  EXPECT_THAT(csir.recount_make_variables[1],
              AllOf(HasSubstr("-fprofile-use=../profile/code.profdata"),
                    HasSubstr("-fcs-profile-generate")));
  EXPECT_THAT(csir.recount_make_variables[2], HasSubstr("-fcs-profile-generate"));
  EXPECT_EQ(csir.make_variables, ir.make_variables);
  EXPECT_NE(csir.compile.id, ir.compile.id);
  EXPECT_EQ(csir.compile.inputs.at("train"), csir.train_inlined->id.key);
  EXPECT_EQ(csir.train_inlined->inputs.at("before"), csir.train->id.key);
  EXPECT_EQ(csir.stages().size(), ir.stages().size() + 2);
  // The second counts what is compiled in the end, which the first does not depend on.
  const Recipe lto = recipe_by_clang({{"pgo", "training"}, {"pgo_kind", "csir"}, {"lto", "full"}});
  EXPECT_EQ(lto.train->id, csir.train->id);
  EXPECT_NE(lto.train_inlined->id, csir.train_inlined->id);
}

TEST(Recipe, BothTrainingsAreAnotherThanEitherAndRunOneAfterTheOther) {
  const Recipe both = recipe({{"pgo", "both"}});
  EXPECT_NE(both.train->id, recipe({{"pgo", "training"}}).train->id);
  EXPECT_NE(both.train->id, recipe({{"pgo", "upstream"}}).train->id);
  EXPECT_EQ(both.instrument->id, recipe({{"pgo", "training"}}).instrument->id);
  EXPECT_THAT(training_runs(both, TrainingSet{"/training", "abc"}),
              ElementsAre(Contains("/training/run.py"), Contains("--pgo")));
}

TEST(Recipe, ARebuildTrainsAndCompilesAnewFromTheSameInstrumentedBuild) {
  Configuration configuration;
  configuration.set<Pgo>(Pgo::Value::training);
  const auto made = [&](int rebuild) {
    return make_recipe(configuration, "x", gcc(), {source(), TrainingSet{"/training", "abc"}},
                       rebuild);
  };
  const Recipe first = made(0);
  const Recipe again = made(1);
  EXPECT_EQ(again.configuration.id(), first.configuration.id());
  EXPECT_EQ(again.configure.id, first.configure.id);
  EXPECT_EQ(again.instrument->id, first.instrument->id);
  EXPECT_NE(again.train->id, first.train->id);
  EXPECT_NE(again.compile.id, first.compile.id);
  EXPECT_NE(again.build.id, first.build.id);
  EXPECT_NE(made(2).compile.id, again.compile.id);
  EXPECT_EQ(first.compile.id, recipe({{"pgo", "training"}}).compile.id);
}

}  // namespace
}  // namespace pytune
