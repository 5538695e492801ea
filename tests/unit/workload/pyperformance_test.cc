#include "workload/pyperformance.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sys/error.h"
#include "sys/files.h"

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

  PyperformanceSuite read(const std::string& manifest) const {
    write("MANIFEST", manifest);
    return read_pyperformance_manifest(root_.path() / "MANIFEST", {});
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

TEST_F(Pyperformance, FollowsIncludesAndReadsOverGroups) {
  write("more/MANIFEST", "[benchmarks]\nname\tmetafile\nother\t<local>\n[group default]\nother\n");
  write("more/bm_other/pyproject.toml", "[project]\nname = \"o\"\n");
  write("more/bm_other/run_benchmark.py", "pass\n");
  const auto programs = read("[includes]\nmore/MANIFEST\n" + std::string(kTwo)).programs;
  ASSERT_EQ(programs.size(), 3);
  EXPECT_EQ(programs[0].name, "other");
}

TEST_F(Pyperformance, RefusesAManifestThatIncludesItself) {
  EXPECT_THAT(error("[includes]\nMANIFEST\n"), HasSubstr("include each other"));
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
