#include "workload/suite.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class LoadSuite : public testing::Test {
 protected:
  LoadSuite() {
    fs::create_directories(suite() / "sub");
    for (const char* script : {"suite/a.py", "suite/sub/b.py", "outside.py"}) {
      std::ofstream(directory_.path() / script) << "pass\n";
    }
  }

  fs::path suite() const { return directory_.path() / "suite"; }
  fs::path manifest() const { return suite() / "x.json"; }

  std::vector<Workload> load(const std::string& text) const {
    std::ofstream(manifest(), std::ios::trunc) << text;
    return load_suite(manifest());
  }

  // What load_suite says of this manifest, less its path.
  std::string error(const std::string& text) const {
    try {
      (void)load(text);
    } catch (const UsageError& problem) {
      const std::string prefix = manifest().string() + ": ";
      const std::string message = problem.what();
      EXPECT_TRUE(message.starts_with(prefix)) << message;
      return message.substr(std::min(prefix.size(), message.size()));
    }
    return "no error";
  }

  std::string error_with(const char* path, const json& value) const {
    json document = good();
    document[json::json_pointer(path)] = value;
    return error(document.dump());
  }

  static json good() {
    return {{"schema", 1},
            {"name", "builtin"},
            {"workloads",
             {{{"name", "a"}, {"script", "a.py"}, {"kind", "pure-python"}, {"about", "first"}},
              {{"name", "b"}, {"script", "sub/b.py"}, {"kind", "numeric"}, {"about", "second"}}}}};
  }

 private:
  TemporaryDirectory directory_{testing::TempDir(), "suite"};
};

TEST_F(LoadSuite, ReadsWorkloadsWithAbsoluteScripts) {
  const std::vector<Workload> workloads = load(good().dump());
  ASSERT_EQ(workloads.size(), 2);
  EXPECT_EQ(workloads[0].name, "a");
  EXPECT_EQ(workloads[0].kind, "pure-python");
  EXPECT_EQ(workloads[0].loops, 0);
  EXPECT_EQ(fs::path(workloads[1].script), fs::canonical(suite()) / "sub" / "b.py");
}

TEST_F(LoadSuite, SaysWhichScriptIsMissing) {
  EXPECT_EQ(error_with("/workloads/1/script", "foo.py"),
            "workloads[1].script: no such file \"foo.py\"");
  EXPECT_EQ(error_with("/workloads/1/script", "sub"), "workloads[1].script: no such file \"sub\"");
}

TEST_F(LoadSuite, RefusesScriptsOutsideTheDirectory) {
  EXPECT_EQ(error_with("/workloads/0/script", "../outside.py"),
            "workloads[0].script: \"../outside.py\" is not inside the directory of the suite");
  const std::string absolute = (fs::canonical(suite()) / "a.py").string();
  EXPECT_THAT(error_with("/workloads/0/script", absolute), testing::HasSubstr("is not inside"));
  fs::create_symlink("../outside.py", suite() / "link.py");
  EXPECT_THAT(error_with("/workloads/0/script", "link.py"), testing::HasSubstr("is not inside"));
}

TEST_F(LoadSuite, RefusesUnknownKeys) {
  EXPECT_EQ(error_with("/workload", 1), "unknown key \"workload\"; did you mean \"workloads\"?");
  EXPECT_EQ(error_with("/workloads/1/loops", 1),
            "workloads[1]: unknown key \"loops\"; one of: name, script, kind, about, "
            "benchmark, arguments, environment, requirements, build, needs, clock");
}

TEST_F(LoadSuite, RefusesDuplicates) {
  EXPECT_EQ(error_with("/workloads/1/name", "a"), "workloads[1].name: \"a\" a second time");
  EXPECT_EQ(error("{\"schema\":1,\"name\":\"x\",\"name\":\"y\",\"workloads\":[]}"),
            "has the key \"name\" twice in one object");
}

TEST_F(LoadSuite, RefusesWrongValues) {
  EXPECT_EQ(error_with("/schema", 2), "schema: expected an integer from 1 to 1, got 2");
  EXPECT_EQ(error_with("/workloads", json::array()),
            "workloads: empty: name at least one workload");
  EXPECT_EQ(error_with("/workloads/0/kind", "mixed"),
            "workloads[0].kind: expected one of \"pure-python\", \"numeric\", got \"mixed\"");
  EXPECT_EQ(error_with("/workloads/0/name", "a/b"),
            "workloads[0].name: expected a name of letters, digits, '_', '.' and '-', got \"a/b\"");
  EXPECT_EQ(error_with("/workloads/0/about", ""),
            "workloads[0].about: expected a text that is not empty, got \"\"");
  EXPECT_EQ(error_with("/workloads/0", "a.py"), "workloads[0]: expected an object, got \"a.py\"");
  EXPECT_EQ(error_with("/workloads/0/script", nullptr),
            "workloads[0].script: expected a text, got null");
}

TEST_F(LoadSuite, RefusesWhatIsNotJson) {
  EXPECT_EQ(error(""), "is empty");
  EXPECT_EQ(error("{\"schema\":1,"), "breaks off after 12 bytes");
  EXPECT_EQ(error("schema: 1"), "is not JSON (byte 1 of 9)");
  EXPECT_EQ(error("[1]"), "expected an object, got an array of 1");
}

TEST_F(LoadSuite, SaysThatTheManifestIsMissing) {
  EXPECT_THROW((void)load_suite(suite() / "none.json"), UsageError);
  EXPECT_THROW((void)load_suite(suite()), UsageError);
}

TEST_F(LoadSuite, ReadsWhatTheWorkersAreStartedWith) {
  json document = good();
  document["workloads"][1].update({{"benchmark", "b (fast)"},
                                   {"arguments", {"--fast"}},
                                   {"environment", {{"OMP_NUM_THREADS", "2"}}},
                                   {"requirements", {"numpy==2.3.4"}},
                                   {"build", {"a.py", "sub/b.py"}},
                                   {"needs", {{"/dev/card0", "no card here"}}},
                                   {"clock", "wall"}});
  const auto workloads = load(document.dump());
  EXPECT_EQ(workloads[1].benchmark, "b (fast)");
  EXPECT_THAT(workloads[1].arguments, testing::ElementsAre("--fast"));
  EXPECT_THAT(workloads[1].environment,
              testing::ElementsAre(testing::Pair("OMP_NUM_THREADS", "2")));
  EXPECT_THAT(workloads[1].requirements, testing::ElementsAre("numpy==2.3.4"));
  EXPECT_THAT(workloads[1].build,
              testing::ElementsAre((fs::canonical(suite()) / "a.py").string(),
                                   (fs::canonical(suite()) / "sub/b.py").string()));
  EXPECT_THAT(workloads[1].needs,
              testing::ElementsAre(testing::Pair("/dev/card0", "no card here")));
  EXPECT_EQ(workloads[1].clock, Clock::wall);
}

TEST_F(LoadSuite, RefusesRequirementsThatAreNotPinnedOrAreOptionsOfPip) {
  EXPECT_EQ(
      error_with("/workloads/0/requirements", {"numpy>=2"}),
      "workloads[0].requirements[0]: \"numpy>=2\" names no package and version: NAME==VERSION");
  EXPECT_THAT(error_with("/workloads/0/requirements", {"a==1", "--index-url=x==1"}),
              testing::HasSubstr("workloads[0].requirements[1]: "));
}

TEST_F(LoadSuite, RefusesBuildsOutsideTheDirectoryAndNeedsThatAreNoPaths) {
  EXPECT_THAT(error_with("/workloads/0/build", {"a.py", "../outside.py"}),
              testing::HasSubstr("workloads[0].build[1]: \"../outside.py\" is not inside"));
  EXPECT_EQ(error_with("/workloads/0/needs", {{"dev", "x"}}),
            "workloads[0].needs: \"dev\" is not an absolute path");
  EXPECT_THAT(error_with("/workloads/0/clock", "cpu"), testing::HasSubstr("expected one of"));
}

TEST_F(LoadSuite, RefusesVariablesThatTheManagerSets) {
  EXPECT_EQ(error_with("/workloads/0/environment", {{"PYTHONHASHSEED", "0"}}),
            "workloads[0].environment: \"PYTHONHASHSEED\" cannot be set by a suite");
  EXPECT_EQ(error_with("/workloads/0/environment", {{"a=b", "0"}}),
            "workloads[0].environment: \"a=b\" cannot be set by a suite");
}

TEST_F(LoadSuite, ABuildMayNameADirectoryButNotAsItsProgram) {
  const auto text = [](const std::string& build) {
    return R"({"schema": 1, "name": "x", "workloads": [{"name": "a", "script": "a.py", "kind": "numeric", "about": "a", "build": )" +
           build + "}]}";
  };
  EXPECT_THAT(
      load(text(R"(["a.py", "sub"])")).at(0).build,
      testing::ElementsAre(fs::canonical(suite() / "a.py"), fs::canonical(suite() / "sub")));
  EXPECT_EQ(error(text(R"(["sub", "a.py"])")), "workloads[0].build[0]: no such file \"sub\"");
  EXPECT_EQ(error(text(R"(["a.py", ".."])")),
            "workloads[0].build[1]: \"..\" is not inside the directory of the suite");
}

}  // namespace
}  // namespace pytune
