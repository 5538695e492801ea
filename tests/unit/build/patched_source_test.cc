#include "build/patched_source.h"

#include <gmock/gmock.h>

#include "build/recipe.h"
#include "unit/patches/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using patches_test::file_before;
using patches_test::kChange;
using patches_test::message;
using patches_test::patch;
using patches_test::write;
using ::testing::HasSubstr;
using ::testing::Optional;

const char* const kNewFile = "--- /dev/null\n+++ b/Objects/new.h\n@@ -0,0 +1 @@\n+a\n";

Patch hashed(const std::string& diff, const std::string& name) {
  Patch made = patch(diff, name);
  made.sha256 = sha256(diff);
  return made;
}

class PatchedSource : public ::testing::Test {
 protected:
  PatchedSource()
      : folder_(fs::temp_directory_path(), "patched"), store_(folder_.path() / "store") {
    source_.id = "0123456789abcdef";
    source_.minor = "3.13";
    source_.tree = folder_.path() / "tree";
    write(source_.tree / "Objects/a.c", file_before());
    write(source_.tree / "Objects/b.c", "x\n");
    series_.minor = "3.13";
    series_.patches = {hashed(kChange, "0001-change"), hashed(kNewFile, "0002-new")};
  }
  std::optional<std::string> resolved(Configuration& configuration, const std::string& value,
                                      bool there = true) {
    configuration.set<Patches>(value);
    return resolve_patches(configuration, there ? &series_ : nullptr, source_);
  }
  Recipe recipe(const std::string& patches, const char* pgo = "none") const {
    Configuration configuration;
    EXPECT_EQ(set_value(configuration, "pgo", pgo), std::nullopt);
    configuration.set<Patches>(patches);
    Toolchain gcc;
    gcc.identity = "one";
    return make_recipe(configuration, "x", gcc, {source_, training_, nullptr, &series_});
  }
  std::string compile_key(const std::string& patches) const {
    return recipe(patches).compile.id.key;
  }

  TemporaryDirectory folder_;
  Store store_;
  Source source_;
  TrainingSet training_{"/training", "abc"};
  PatchSeries series_;
};

TEST_F(PatchedSource, OnePatchIsOneConfigurationHoweverItIsNamed) {
  Configuration configuration;
  for (const char* value : {"0001", "0001-change.patch", "0001-change"}) {
    EXPECT_EQ(resolved(configuration, value), std::nullopt);
    EXPECT_EQ(configuration.get<Patches>(), "0001-change");
  }
  EXPECT_EQ(resolved(configuration, "series"), std::nullopt);
  EXPECT_EQ(configuration.get<Patches>(), "series");
}

TEST_F(PatchedSource, WhatCannotBeBuiltIsToldWhy) {
  Configuration configuration;
  EXPECT_THAT(resolved(configuration, "0003-x"),
              Optional(HasSubstr("there are 0001-change, 0002-new")));
  EXPECT_THAT(resolved(configuration, "series", false), Optional(HasSubstr("no patches for 3.13")));
  EXPECT_EQ(resolved(configuration, "none", false), std::nullopt);
  write(source_.tree / "Objects/a.c", "edited\n");
  EXPECT_THAT(resolved(configuration, "series"),
              Optional(HasSubstr("0001-change: Objects/a.c, hunk 1")));
  EXPECT_EQ(resolved(configuration, "0002"), std::nullopt);
  series_.patches = {patch("--- /dev/null\n+++ b/Lib/x.py\n@@ -0,0 +1 @@\n+a\n", "0001-lib")};
  EXPECT_THAT(resolved(configuration, "series"), Optional(HasSubstr("0001-lib changes Lib/x.py")));
}

TEST_F(PatchedSource, KeysFollowThePatchesContents) {
  const std::string unpatched = compile_key("none"), whole = compile_key("series"),
                    one = compile_key("0001");
  EXPECT_NE(unpatched, whole);
  EXPECT_NE(whole, one);
  EXPECT_EQ(one, compile_key("0001-change"));
  series_.patches[1].sha256 = "edited";
  EXPECT_NE(compile_key("series"), whole);
  EXPECT_EQ(compile_key("0001"), one);
  EXPECT_EQ(compile_key("none"), unpatched);
}

TEST_F(PatchedSource, PatchesOfCodeAloneAreConfiguredAsTheSourceIs) {
  const Recipe plain = recipe("none", "training"), whole = recipe("series", "training");
  EXPECT_EQ(whole.configure.id, plain.configure.id);
  EXPECT_NE(whole.instrument->id, plain.instrument->id);
  EXPECT_NE(whole.compile.id, plain.compile.id);
}

TEST_F(PatchedSource, WhatConfigureReadsOrFreezesModulesWithIsConfiguredAnew) {
  const std::string plain = recipe("none").configure.id.key;
  for (const char* path : {"configure", "Makefile.pre.in", "Modules/Setup.stdlib.in",
                           "Modules/config.c.in", "Tools/build/deepfreeze.py", "Python/compile.c",
                           "Parser/pegen.c", "Include/opcode_ids.h"}) {
    const auto diff = std::string("--- /dev/null\n+++ b/") + path + "\n@@ -0,0 +1 @@\n+a\n";
    series_.patches = {hashed(diff, "0001-one"), hashed(kNewFile, "0002-new")};
    EXPECT_NE(recipe("series").configure.id.key, plain) << path;
    EXPECT_EQ(recipe("series").configure.id.key, recipe("0001").configure.id.key) << path;
    EXPECT_EQ(recipe("0002").configure.id.key, plain) << path;
  }
}

TEST_F(PatchedSource, UnpatchedBuildsKeepTheKeysTheyHad) {
  EXPECT_EQ(patches_key({}), "none");
  EXPECT_EQ(provide_patched_tree(store_, source_, {}), source_.tree);
}

TEST_F(PatchedSource, ATreeIsMadeOnceAndLeavesTheSourceAsItIs) {
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(source_.tree / "Objects/a.c", old);
  const fs::path tree = provide_patched_tree(store_, source_, series_.patches);
  EXPECT_THAT(read_file(tree / "Objects/a.c"), HasSubstr("\n2\n"));
  EXPECT_EQ(read_file(tree / "Objects/new.h"), "a\n");
  EXPECT_EQ(read_file(source_.tree / "Objects/a.c"), file_before());
  EXPECT_FALSE(fs::exists(source_.tree / "Objects/new.h"));
  EXPECT_TRUE(fs::equivalent(tree / "Objects/b.c", source_.tree / "Objects/b.c"));
  EXPECT_EQ(fs::last_write_time(tree / "Objects/a.c"), old);
  EXPECT_EQ(provide_patched_tree(store_, source_, series_.patches), tree);
  EXPECT_NE(provide_patched_tree(store_, source_, {series_.patches[1]}), tree);
}

}  // namespace
}  // namespace pytune
