#include "package/relocate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.h"
#include "unit/package/fake_prefix.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHead =
    "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")/python3.13\" \"$0\" \"$@\"\n' "
    "'''\n";

TEST(RelocateTest, ScriptsFindTheirInterpreterBesideThem) {
  EXPECT_EQ(relocatable_script("#!/opt/python/bin/python3.13\nimport x\n", "/opt/python", ""),
            std::string(kHead) + "import x\n");
  EXPECT_EQ(
      relocatable_script("#! /opt/python/bin/python3.13 -E\nx\n", "/opt/python", "../../bin/"),
      "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")/../../bin/python3.13\" -E "
      "\"$0\" \"$@\"\n' '''\nx\n");
}

TEST(RelocateTest, CodingLineStaysWhereItCounts) {
  const auto text = relocatable_script(
      "#!/opt/python/bin/python3.13\n# -*- coding: latin-1 -*-\nx\n", "/opt/python", "");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("#!/bin/sh\n# -*- coding: latin-1 -*-\n'''exec' ")) << *text;
}

TEST(RelocateTest, LongFormOfPipIsUnderstood) {
  EXPECT_EQ(relocatable_script(
                "#!/bin/sh\n'''exec' \"/opt/python/bin/python3.13\" \"$0\" \"$@\"\n' '''\nx\n",
                "/opt/python", ""),
            std::string(kHead) + "x\n");
}

TEST(RelocateTest, OtherScriptsAreLeftAlone) {
  for (const char* text :
       {"#!/bin/sh\necho\n", "#!/usr/bin/env python3\n", "#!/opt/python3/bin/python3\n",
        "import os\n", "", "#!", "#!/opt/python/bin/perl\n",
        "#!/opt/python/bin/python3.13 $(reboot)\n", "#!/opt/python/bin/python;reboot\n"})
    EXPECT_EQ(relocatable_script(text, "/opt/python", ""), std::nullopt) << text;
}

TEST(RelocateTest, RewrittenScriptRunsFromAnywhere) {
  const TemporaryDirectory temporary(fs::temp_directory_path(), "relocate_test");
  const fs::path bin = temporary.path() / "a b'c" / "bin";
  put(bin / "python3.13", "#!/bin/sh\nprintf '%s|' \"$@\"\n", true);
  put(bin / "tool", *relocatable_script("#!/opt/python/bin/python3.13 -E\nx\n", "/opt/python", ""),
      true);
  fs::create_symlink(bin / "tool", temporary.path() / "link");
  SystemRunner runner;
  for (const auto& called : {bin / "tool", temporary.path() / "link"}) {
    Command command;
    command.argv = {called.string(), "one argument", "$two"};
    const Outcome outcome = runner.run(command);
    EXPECT_EQ(outcome.output, "-E|" + called.string() + "|one argument|$two|")
        << outcome.describe();
  }
}

TEST(RelocateTest, PkgConfigIsRelativeToItself) {
  EXPECT_EQ(
      relocatable_pkgconfig("# See\nprefix=/opt/python\nlibdir=${prefix}/lib\n", "/opt/python", 2),
      "# See\nprefix=${pcfiledir}/../..\nlibdir=${prefix}/lib\n");
}

TEST(RelocateTest, MakefileLosesTheBuild) {
  const Scrubber scrubber({"/made/build"}, "/opt/python");
  const std::string text = relocatable_makefile(
      "prefix=\t\t/opt/python\nabs_builddir=\t/made/build\nCC=\t\tclang-19\nLDSHARED=\t$(CC) "
      "-shared $(PY_LDFLAGS)\n"
      "OPT=\t-DNDEBUG -O3\nOBJS=\ta.o \\\n\tb.o\nPY_CFLAGS=\t-flto \\\n\t-Wall\nall:\n\tCC=x "
      "$(MAKE) -f y\n",
      scrubber, "/opt/python", 3);
  EXPECT_EQ(text,
            "prefix=\t\t$(abspath $(dir $(lastword "
            "$(MAKEFILE_LIST)))/../../..)\nabs_builddir=\t/build\nCC=\tcc\n"
            "LDSHARED=\t$(CC) -shared $(PY_LDFLAGS)\nOPT=\t-DNDEBUG -O2\nOBJS=\ta.o "
            "\\\n\tb.o\nPY_CFLAGS=\t-Wall\n"
            "all:\n\tCC=x $(MAKE) -f y\n");
}

TEST(RelocateTest, PythonConfigGoesByItsRealPlace) {
  const Scrubber scrubber({"/made/build"});
  EXPECT_EQ(relocatable_python_config(
                "#!/bin/sh\nprefix_real=$(installed_prefix \"$0\")\nOPT=\"-g -O3 -Wall\"\n"
                "CFLAGS=$(echo \"-flto -DX\" | sed \"s#$prefix#$prefix_real#\")\n",
                scrubber),
            "#!/bin/sh\nprefix_real=$(dirname -- \"$(dirname -- \"$(realpath -- "
            "\"$0\")\")\")\nOPT=\"-O2 -Wall\"\n"
            "CFLAGS=$(echo \"-DX\" | sed \"s#$prefix#$prefix_real#\")\n");
}

class RelocateTreeTest : public testing::Test {
 protected:
  RelocateTreeTest() : temporary_(fs::temp_directory_path(), "relocate_test") {
    build_ = make_fake_build(temporary_.path() / "prefix");
  }
  TemporaryDirectory temporary_;
  Build build_;
};

TEST_F(RelocateTreeTest, SaysWhatItRewrote) {
  const StagedPrefix staged = stage_tree(build_.prefix, "python3.13", temporary_.path() / "staged");
  const Relocation relocation = relocate(staged, {});
  EXPECT_EQ(relocation.built_prefix, "/opt/python");
  EXPECT_THAT(
      relocation.rewritten,
      testing::ElementsAre("bin/pydoc3.13", "bin/python3.13-config", "lib/pkgconfig/python-3.13.pc",
                           "lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py",
                           "lib/python3.13/config-3.13-x86_64-linux-gnu/Makefile"));
  EXPECT_EQ(text_of(relocation.variables, "CFLAGS"), "-fno-strict-overflow -O2 -Wall");
  EXPECT_EQ(fs::status(staged.root / "bin/pydoc3.13").permissions(), static_cast<fs::perms>(0755));
}

TEST_F(RelocateTreeTest, BuildDetailsOfNewerReleasesBecomeRelative) {
  put(build_.prefix / "lib/python3.13/build-details.json",
      R"({"base_prefix": "/opt/python", "base_interpreter": "/opt/python/bin/python3.13", "language": {"version": "3.14"}})");
  const StagedPrefix staged = stage_tree(build_.prefix, "python3.13", temporary_.path() / "staged");
  relocate(staged, {});
  const auto details =
      nlohmann::json::parse(read_file(staged.root / "lib/python3.13/build-details.json"));
  EXPECT_EQ(details.at("base_prefix"), "../..");
  EXPECT_EQ(details.at("base_interpreter"), "bin/python3.13");
}

TEST_F(RelocateTreeTest, NotAnInstallation) {
  EXPECT_THROW(stage_tree(build_.prefix, "python3.12", temporary_.path() / "s"), Failure);
  EXPECT_FALSE(fs::exists(temporary_.path() / "s"));
  fs::remove_all(build_.prefix / "lib/python3.13");
  EXPECT_THROW(stage_tree(build_.prefix, "python3.13", temporary_.path() / "s"), Failure);
}

TEST_F(RelocateTreeTest, ReplacingAFileLeavesItsHardLink) {
  const StagedPrefix staged = stage_tree(build_.prefix, "python3.13", temporary_.path() / "staged");
  const fs::path name = "lib/python3.13/os.py";
  ASSERT_TRUE(fs::equivalent(staged.root / name, build_.prefix / name));
  replace_file(staged.root / name, "changed");
  EXPECT_EQ(read_file(build_.prefix / name), "import sys\n");
}

}  // namespace
}  // namespace pytune
