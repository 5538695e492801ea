#include "workload/pyperformance.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sys/error.h"
#include "sys/files.h"
#include "workload/metafile.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTwo =
    "[benchmarks]\n\nname\tmetafile\nfirst\t<local>\nsecond\t<local:first>\n";

class Pyperformance : public testing::Test {
 protected:
  Pyperformance() {
    write("bm_first/run_benchmark.py", "pass\n");
    write("bm_first/pyproject.toml",
          "[project]\nname = \"x\"\nrequires-python = \">=3.11\"\n"
          "[tool.pyperformance]\nname = \"first\"\nextra_opts = [\"plain\"]\n");
    write("bm_first/bm_second.toml",
          "[tool.pyperformance]\nname = \"second\"\nextra_opts = [\"eager\", \"--task-groups\"]\n");
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_.path() / name).parent_path());
    std::ofstream(root_.path() / name) << text;
  }

  PyperformanceSuite read(const std::string& manifest,
                          const std::vector<std::string>& only = {}) const {
    write("MANIFEST", manifest);
    return read_pyperformance_manifest(root_.path() / "MANIFEST", {}, only);
  }

  // Four programs, and what stands below their table.
  std::vector<std::string> names(const std::string& groups,
                                 const std::vector<std::string>& only = {}) const {
    std::string manifest = "[benchmarks]\n\nname\tmetafile\n";
    for (const std::string name : {"a", "b", "c", "d"}) {
      write("bm_" + name + "/run_benchmark.py", "pass\n");
      if (!fs::exists(path("bm_" + name) / "pyproject.toml"))
        write("bm_" + name + "/pyproject.toml", "[project]\nname = \"x\"\n");
      manifest += name + "\t<local>\n";
    }
    std::vector<std::string> found;
    for (const Workload& program : read(manifest + groups, only).programs)
      found.push_back(program.name);
    return found;
  }

  std::string error(const std::string& manifest) const {
    try {
      (void)read(manifest);
    } catch (const UsageError& problem) {
      return problem.what();
    }
    return "no error";
  }

  fs::path path(const std::string& name) const { return fs::canonical(root_.path()) / name; }

 private:
  TemporaryDirectory root_{testing::TempDir(), "pyperformance"};
};

TEST_F(Pyperformance, ReadsProgramsAndTheirVariants) {
  const auto programs = read(kTwo).programs;
  ASSERT_EQ(programs.size(), 2);
  EXPECT_EQ(programs[0].name, "first");
  EXPECT_EQ(programs[0].benchmark, kEveryBenchmark);
  EXPECT_THAT(programs[0].arguments, ElementsAre("plain"));
  EXPECT_EQ(programs[1].name, "second");
  EXPECT_EQ(programs[1].script, path("bm_first/run_benchmark.py"));
  EXPECT_THAT(programs[1].arguments, ElementsAre("eager", "--task-groups"));
}

TEST_F(Pyperformance, AVariantTakesWhatItDoesNotSayFromItsProgram) {
  write("bm_first/bm_second.toml", "[tool.pyperformance]\nname = \"second\"\n");
  const auto programs = read(kTwo).programs;
  EXPECT_THAT(programs[1].arguments, ElementsAre("plain"));
  EXPECT_EQ(programs[1].oldest_minor, 11);
}

TEST_F(Pyperformance, KnowsWhatAProgramNeeds) {
  write("bm_first/requirements.txt",
        "# pinned\nsqlalchemy==1.4.19\n--index-url x\n\ngreenlet==3.2.4\n");
  const auto programs = read(kTwo).programs;
  EXPECT_THAT(programs[0].requirements, ElementsAre("sqlalchemy==1.4.19", "greenlet==3.2.4"));
  EXPECT_EQ(programs[0].oldest_minor, 11);
}

TEST_F(Pyperformance, LeavesOutAProgramThatWouldInstallSomething) {
  write("bm_third/vendor/setup.py", "");
  const auto suite = read(std::string(kTwo) + "third\t<local>\n");
  EXPECT_EQ(suite.programs.size(), 2);
  EXPECT_THAT(suite.left_out, ElementsAre(HasSubstr("third: brings packages")));
}

TEST_F(Pyperformance, FollowsIncludesAndTheirGroups) {
  write("more/MANIFEST", "[benchmarks]\nname\tmetafile\nother\t<local>\n[group default]\nother\n");
  write("more/bm_other/pyproject.toml", "[project]\nname = \"o\"\n");
  write("more/bm_other/run_benchmark.py", "pass\n");
  const auto programs = read("[includes]\nmore/MANIFEST\n" + std::string(kTwo)).programs;
  ASSERT_EQ(programs.size(), 1);
  EXPECT_EQ(programs[0].name, "other");
  EXPECT_EQ(read("[includes]\nmore/MANIFEST\n" + std::string(kTwo), {"all"}).programs.size(), 3);
}

TEST_F(Pyperformance, RunsTheDefaultGroup) {
  EXPECT_THAT(names(""), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(names("[group default]\n"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(names("[group default]\nb # why\n\nd\n"), ElementsAre("b", "d"));
  EXPECT_THAT(names("[group default]\n-b\n"), ElementsAre("a", "c", "d"));
  EXPECT_THAT(names("[group default]\n+a\nb\n-a\n"), ElementsAre("b"));
  EXPECT_THAT(names("[group other]\na\n"), ElementsAre("a", "b", "c", "d"));
}

TEST_F(Pyperformance, GroupsMayNameGroups) {
  const std::string pair = "[group pair]\na\nb\n";
  EXPECT_THAT(names(pair + "[group default]\npair\nc\n"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(pair + "[group default]\n-pair\n"), ElementsAre("c", "d"));
  EXPECT_THAT(names("[group default]\nall\n-d\n"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("[group x]\ny\na\n[group y]\nx\nb\n[group default]\nx\n"),
              ElementsAre("a", "b"));
}

TEST_F(Pyperformance, WhatAGroupMisspellsIsNoted) {
  EXPECT_THAT(read(std::string(kTwo) + "[group default]\nfirst\nsecnd\n").left_out,
              ElementsAre(HasSubstr("no benchmark or group \"secnd\"")));
}

TEST_F(Pyperformance, GroupsAndPatternsCanBeAskedFor) {
  const std::string groups = "[group default]\na\n[group pair]\nb\nc\n";
  EXPECT_THAT(names(groups, {"pair"}), ElementsAre("b", "c"));
  EXPECT_THAT(names(groups, {"all"}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(names(groups, {"[cd]", "a"}), ElementsAre("a", "c", "d"));
  EXPECT_THROW(names(groups, {"nothing"}), UsageError);
}

TEST_F(Pyperformance, TagsAreGroups) {
  write("bm_a/pyproject.toml", "[tool.pyperformance]\ntags = \"math, slow\"\n");
  write("bm_b/pyproject.toml", "[tool.pyperformance]\ntags = [\"math\"]\n");
  EXPECT_THAT(names("", {"math"}), ElementsAre("a", "b"));
  EXPECT_THAT(names("[groups]\nmath\n", {"math"}), ElementsAre("a", "b"));
  EXPECT_THAT(names("[groups]\nmath\n[group default]\n-math\n"), ElementsAre("c", "d"));
  EXPECT_THROW(names("[groups]\nmath\n", {"slow"}), UsageError);  // no group by its own word
}

TEST_F(Pyperformance, AMetafileMayBeAFolderOrAnyFile) {
  write("else/bm_x/run_benchmark.py", "pass\n");
  write("else/bm_x/pyproject.toml", "[project]\nname = \"x\"\n");
  write("else/own.toml", "[tool.pyperformance]\nrunscript = \"bm_x/run_benchmark.py\"\n");
  write("deep/MANIFEST", "[benchmarks]\nname\tmetafile\nx\t../else/bm_x\ny\t../else/own.toml\n");
  const auto programs = read_pyperformance_manifest(path("deep/MANIFEST"), {}).programs;
  ASSERT_EQ(programs.size(), 2);
  EXPECT_EQ(programs[0].script, path("else/bm_x/run_benchmark.py"));
  EXPECT_EQ(programs[1].script, programs[0].script);
}

TEST_F(Pyperformance, WhatIsNotRunNeedsNoMetafile) {
  EXPECT_THAT(read(std::string(kTwo) + "gone\t<local>\n[group default]\n-gone\n").programs,
              testing::SizeIs(2));
}

TEST_F(Pyperformance, MetafilesInherit) {
  write("base.toml",
        "[project]\nrequires-python = \">= 3.10, <3.14\"\n"
        "[tool.pyperformance]\nextra_opts = [\"base\"]\ntags = [\"t\"]\n");
  write("bm_first/pyproject.toml", "[tool.pyperformance]\ninherits = \"..\"\n");
  write("bm_first/bm_second.toml", "[tool.pyperformance]\ninherits = \"../base.toml\"\n");
  const auto programs = read(kTwo).programs;
  ASSERT_EQ(programs.size(), 2);
  for (const Workload& program : programs) {
    EXPECT_THAT(program.arguments, ElementsAre("base")) << program.name;
    EXPECT_EQ(program.oldest_minor, 10) << program.name;
    EXPECT_EQ(program.newest_minor, 13) << program.name;
    EXPECT_EQ(program.script, path("bm_first/run_benchmark.py")) << program.name;
  }
  write("base.toml", "[tool.pyperformance]\ninherits = \"base.toml\"\n");
  EXPECT_THAT(error(kTwo), HasSubstr("inherit from each other"));
}

TEST_F(Pyperformance, LeavesOutWhatInstallsItself) {
  write("bm_third/run_benchmark.py", "pass\n");
  write("bm_third/pyproject.toml", "[tool.pyperformance]\ninstall_setup = true\n");
  EXPECT_THAT(read(std::string(kTwo) + "third\t<local>\n").left_out,
              ElementsAre(HasSubstr("third: brings packages")));
}

TEST(PythonRange, IsReadFromSpecifiers) {
  const auto range = [](const std::string& specifier) {
    const PythonRange found = python_range(specifier);
    return std::pair(found.oldest_minor, found.newest_minor);
  };
  EXPECT_EQ(range(">=3.12"), std::pair(12, 0));
  EXPECT_EQ(range(">= 3.10, <4"), std::pair(10, 0));
  EXPECT_EQ(range(">3.9.1,<3.13"), std::pair(9, 12));
  EXPECT_EQ(range("<=3.12"), std::pair(0, 12));
  EXPECT_EQ(range("<3.12.4"), std::pair(0, 12));
  EXPECT_EQ(range("~=3.8"), std::pair(8, 0));
  EXPECT_EQ(range("~=3.8.2"), std::pair(8, 8));
  EXPECT_EQ(range("==3.11.*"), std::pair(11, 11));
  EXPECT_EQ(range("!=3.9, >=3.8, >=3.10"), std::pair(10, 0));
  for (const char* none : {"<3.0", "<3", "==2.7.*", "~=2.7", "<=2.7", ">=4", ">=3.9,<3"})
    EXPECT_EQ(range(none), std::pair(kNoMinor, 0)) << none;
  EXPECT_EQ(range("!=2.7, <4, >2"), std::pair(0, 0));
  for (const char* nothing : {"", ",", ">=", ">=2.7", ">=3", ">=3.x", "3.10", ">=3.99999999999"})
    EXPECT_EQ(range(nothing), std::pair(0, 0)) << nothing;
}

TEST_F(Pyperformance, RefusesAManifestThatIncludesItself) {
  EXPECT_THAT(error("[includes]\nMANIFEST\n"), HasSubstr("include each other"));
}

TEST_F(Pyperformance, SaysWhyAGroupHasNothingToRun) {
  EXPECT_THAT(error(std::string(kTwo) + "[group default]\nthird\n"),
              HasSubstr("to run: group default: there is no benchmark or group \"third\""));
  EXPECT_THAT(error(std::string(kTwo) + "[group default]\nx\n[group x]\ndefault\n"),
              HasSubstr("group default is inside itself"));
}

TEST_F(Pyperformance, WhatIsTakenOutOfAllIsInNoGroupThatNamesIt) {
  EXPECT_THAT(names("[group all]\n-b\n", {"all"}), ElementsAre("a", "c", "d"));
  EXPECT_THAT(names("[group all]\n-b\n[group default]\n"), ElementsAre("a", "c", "d"));
  EXPECT_THAT(names("[group all]\n-b\n[group default]\nall\n-c\n"), ElementsAre("a", "d"));
}

TEST_F(Pyperformance, AMarkOfTheByteOrderIsNoText) {
  EXPECT_EQ(read("\xef\xbb\xbf" + std::string(kTwo)).programs.size(), 2);
  write("bm_first/pyproject.toml", "\xef\xbb\xbf[tool.pyperformance]\nextra_opts = [\"x\"]\n");
  EXPECT_THAT(read(kTwo).programs[0].arguments, ElementsAre("x"));
}

TEST(PyperformanceManifest, IsToldByItsFirstLine) {
  for (const char* text :
       {"[benchmarks]\n", "# c\n\n[group x]\n", "\xef\xbb\xbf[includes]\r\n", "[nonsense]\nx\n"})
    EXPECT_TRUE(is_pyperformance_manifest(text)) << text;
  for (const char* text : {"", "{}", "[1]", "[\"a\"]", "[]", "[", "text\n[benchmarks]\n"})
    EXPECT_FALSE(is_pyperformance_manifest(text)) << text;
}

TEST_F(Pyperformance, SaysWhereAManifestIsWrong) {
  EXPECT_THAT(error("[benchmarks]\nfirst\t<local>\n"),
              HasSubstr("MANIFEST:2: expected the header"));
  EXPECT_THAT(error("[benchmarks]\nname\tmetafile\nfirst <local>\n"),
              HasSubstr("MANIFEST:3: expected a name, a tab"));
  EXPECT_THAT(error("[benchmarks]\nname\tmetafile\nfirst\t<elsewhere>\n"),
              HasSubstr("MANIFEST:3: unknown metafile <elsewhere>"));
  EXPECT_THAT(error("[benchmarks]\nname\tmetafile\nfirst\t<local:../x>\n"),
              HasSubstr("\"../x\" is no name"));
  EXPECT_THAT(error(std::string(kTwo) + "first\t<local>\n"), HasSubstr("\"first\" a second time"));
  EXPECT_THAT(error("[things]\nx\n"), HasSubstr("MANIFEST:2: unknown section \"things\""));
  EXPECT_THAT(error("[benchmarks]\nname\tmetafile\n"), HasSubstr("names no program"));
  EXPECT_THAT(error("[benchmarks]\nname\tmetafile\nmissing\t<local>\n"), HasSubstr("no such file"));
}

TEST_F(Pyperformance, RefusesAScriptOutsideTheManifestsDirectory) {
  write("bm_first/pyproject.toml", "[tool.pyperformance]\nrunscript = \"/bin/sh\"\n");
  EXPECT_THAT(error(kTwo), HasSubstr("not inside the directory of the manifest"));
}

TEST_F(Pyperformance, SaysWhereAMetafileIsWrong) {
  write("bm_first/pyproject.toml", "[tool.pyperformance]\nextra_opts = [1]\n");
  EXPECT_THAT(error(kTwo), HasSubstr("extra_opts: expected texts"));
  write("bm_first/pyproject.toml", "[tool\n");
  EXPECT_THAT(error(kTwo), HasSubstr("pyproject.toml:1: "));
  write("bm_first/pyproject.toml", "[>=3]\n");
  EXPECT_THAT(error(kTwo), HasSubstr("pyproject.toml: this is not TOML"));
}

TEST_F(Pyperformance, IsToldFromASuiteOfOurs) {
  EXPECT_TRUE(is_pyperformance_manifest(kTwo));
  EXPECT_TRUE(is_pyperformance_manifest("# mine\n[includes]\n<default>\n"));
  EXPECT_FALSE(is_pyperformance_manifest("{\"schema\": 1}"));
  EXPECT_FALSE(is_pyperformance_manifest(""));
}

}  // namespace
}  // namespace pytune
