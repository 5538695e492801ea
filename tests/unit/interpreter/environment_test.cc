#include "interpreter/environment.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "interpreter/pip.h"
#include "sys/error.h"
#include "sys/files.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using measure_test::exits;
using measure_test::option;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

bool is_install(const Command& command) {
  return std::find(command.argv.begin(), command.argv.end(), "install") != command.argv.end();
}

std::vector<std::string> lines_of(const Command& command) {
  return {std::find(command.argv.begin(), command.argv.end(), "--") + 1, command.argv.end()};
}

class PrepareEnvironment : public testing::Test {
 protected:
  PreparedEnvironment prepare() {
    commands_.clear();
    measure_test::FakeRunner runner([&](const Command& command) {
      if (is_install(command)) commands_.push_back(command);
      return answer_(command);
    });
    NoListener listener;
    return prepare_environment(store_, runner, request_, listener);
  }

  // A pip that refuses these lines, and two of those that are asked for together.
  Outcome pip(const Command& command) {
    if (!is_install(command)) return exits(0);
    const auto lines = lines_of(command);
    std::size_t rivals = 0;
    for (const std::string& line : lines) {
      if (line.starts_with("impossible"))
        return exits(1, "Collecting x\nERROR: Could not find a version\nERROR: No matching " +
                            std::string("distribution found for ") + line + "\nWARNING: root\n");
      rivals += line.starts_with("rival") ? 1U : 0U;
    }
    if (rivals > 1) return exits(1, "ERROR: ResolutionImpossible: for help visit\n");
    for (const std::string& line : lines) {
      const std::string name = line.substr(0, line.find('='));
      fs::create_directories(fs::path(option(command, "--target")) / (name + "-1.dist-info"));
    }
    return exits(0);
  }

  void want(const std::string& workload, std::vector<std::string> lines) {
    Workload one = measure_test::workload(workload);
    one.requirements = std::move(lines);
    request_.workloads.push_back(one);
  }

  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
    return directory_.path() / name;
  }

  TemporaryDirectory directory_{testing::TempDir(), "environment"};
  Store store_{directory_.path() / "store"};
  Interpreter interpreter_{.python = "/builds/a/bin/python3", .identity = "bytes"};
  PreparationRequest request_{interpreter_, {}, {}};
  std::vector<Command> commands_;
  std::function<Outcome(const Command&)> answer_ = [this](const Command& c) { return pip(c); };
};

TEST_F(PrepareEnvironment, TakesWheelsAloneUnlessAskedOtherwise) {
  want("a", {"numba==1"});
  prepare();
  EXPECT_THAT(commands_.at(0).argv, Contains(":all:"));
  setenv("PYTUNE_ALLOW_SDISTS", "1", 1);
  want("b", {"numpy==2"});
  prepare();
  unsetenv("PYTUNE_ALLOW_SDISTS");
  EXPECT_THAT(commands_.back().argv, testing::Not(Contains(":all:")));
}

class PrepareLocked : public PrepareEnvironment {
 protected:
  PrepareLocked() {
    const std::string known(64, 'a');
    request_.lock = write("packages.lock", "# known\nnumba==1 --hash=sha256:" + known + "\n");
    answer_ = [this](const Command& command) {
      if (is_install(command)) std::ofstream(option(command, "--report")) << report_;
      return pip(command);
    };
    want("a", {"numba==1"});
  }
  void TearDown() override { unsetenv("PYTUNE_ALLOW_OTHER_WHEELS"); }
  void served(char digit) {
    report_ = R"({"version": "1", "install": [{"metadata": {"name": "Numba", "version": "1"},
      "download_info": {"url": "https://index/numba.whl", "archive_info": {"hashes": {"sha256": ")" +
              std::string(64, digit) + R"("}}}}]})";
  }
  std::string report_;
};

TEST_F(PrepareLocked, TakesTheFileThatIsKnown) {
  served('a');
  EXPECT_EQ(prepare().missing(request_.workloads[0]), "");
}

TEST_F(PrepareLocked, RefusesAnotherFileOfTheSameVersion) {
  served('b');
  const PreparedEnvironment prepared = prepare();
  EXPECT_THAT(prepared.missing(request_.workloads[0]),
              AllOf(StartsWith("numba==1: numba==1 came as another file than those that are known"),
                    HasSubstr("PYTUNE_ALLOW_OTHER_WHEELS=1")));
  EXPECT_THAT(prepared.packages, IsEmpty());
  EXPECT_THAT(store_.list("environment"), IsEmpty());
}

TEST_F(PrepareLocked, TakesAnotherFileWhereTheUserSaysSo) {
  setenv("PYTUNE_ALLOW_OTHER_WHEELS", "1", 1);
  served('b');
  EXPECT_THAT(prepare().packages, SizeIs(1));
}

TEST_F(PrepareLocked, RefusesAReportThatCannotBeRead) {
  report_ = R"({"install": 3})";
  EXPECT_THAT(prepare().missing(request_.workloads[0]), HasSubstr("what pip reports: install"));
}

TEST_F(PrepareLocked, AnOldPipInstallsWithoutAReportAndThatIsSaid) {
  answer_ = [this](const Command& command) {
    const auto& argv = command.argv;
    if (is_install(command) && std::find(argv.begin(), argv.end(), "--report") != argv.end())
      return exits(2, "\nno such option: --report\n");
    return pip(command);
  };
  const PreparedEnvironment prepared = prepare();
  EXPECT_THAT(prepared.packages, SizeIs(1));
  EXPECT_THAT(prepared.notes, ElementsAre(StartsWith("this pip is older than 22.2")));
}

TEST_F(PrepareEnvironment, SaysWhatPipChoseByItself) {
  want("a", {"numba==1", "Some_Thing==2; python_version > '3'", "loose"});
  EXPECT_THAT(prepare().dependencies, ElementsAre("loose-1"));
}

TEST_F(PrepareEnvironment, InstallsAllLinesOnceIntoOneDirectoryOfTheStore) {
  want("a", {"numpy==2.3.4; python_version >= '3.11'", "numba==1"});
  want("b", {"numba==1"});
  const PreparedEnvironment prepared = prepare();
  ASSERT_THAT(commands_, SizeIs(1));
  EXPECT_THAT(lines_of(commands_[0]),
              ElementsAre("numba==1", "numpy==2.3.4; python_version >= '3.11'"));
  EXPECT_THAT(commands_[0].argv, AllOf(Contains("--only-binary"), Contains("--target")));
  EXPECT_EQ(commands_[0].argv.front(), "/builds/a/bin/python3");
  EXPECT_TRUE(commands_[0].timeout.has_value());
  ASSERT_THAT(prepared.packages, SizeIs(1));
  EXPECT_TRUE(fs::exists(fs::path(prepared.packages[0]) / "numba-1.dist-info"));
  EXPECT_THAT(prepared.not_installed, IsEmpty());
}

TEST_F(PrepareEnvironment, DoesItOnceForAnInterpreter) {
  want("a", {"numpy==1"});
  const PreparedEnvironment first = prepare();
  EXPECT_EQ(prepare().packages, first.packages);
  EXPECT_THAT(commands_, IsEmpty());
  interpreter_.identity = "other bytes";
  EXPECT_NE(prepare().packages, first.packages);
}

TEST_F(PrepareEnvironment, WithoutRequirementsRunsNothing) {
  want("a", {});
  answer_ = [](const Command&) -> Outcome { throw Failure("something was run"); };
  EXPECT_THAT(prepare().packages, IsEmpty());
}

TEST_F(PrepareEnvironment, LeavesOutWhatCannotBeInstalledWithPipsReason) {
  want("a", {"numpy==1"});
  want("b", {"numpy==1", "impossible==2; python_version < '9'"});
  const PreparedEnvironment prepared = prepare();
  ASSERT_THAT(prepared.packages, SizeIs(1));
  EXPECT_TRUE(fs::exists(fs::path(prepared.packages[0]) / "numpy-1.dist-info"));
  EXPECT_EQ(prepared.missing(request_.workloads[0]), "");
  EXPECT_THAT(prepared.missing(request_.workloads[1]),
              StartsWith("impossible==2: no wheel for this interpreter (pip: No matching "
                         "distribution found for impossible==2"));
}

TEST_F(PrepareEnvironment, LeavesOutTheLaterOfTwoThatContradictEachOther) {
  want("a", {"rival_one==1", "rival_two==1", "numpy==1"});
  const PreparedEnvironment prepared = prepare();
  EXPECT_THAT(prepared.not_installed,
              ElementsAre(testing::Pair("rival_two==1", StartsWith("ResolutionImpossible"))));
  EXPECT_TRUE(fs::exists(fs::path(prepared.packages.at(0)) / "rival_one-1.dist-info"));
}

TEST_F(PrepareEnvironment, TriesAgainNextTimeWhatFailed) {
  want("a", {"impossible==2"});
  EXPECT_THAT(prepare().not_installed, SizeIs(1));
  EXPECT_THAT(commands_, SizeIs(1));
  answer_ = [](const Command&) { return exits(0); };
  EXPECT_THAT(prepare().not_installed, IsEmpty());
}

TEST_F(PrepareEnvironment, AsksNextTimeForWhatFailedAlone) {
  want("a", {"impossible==2", "numpy==1", "scipy==1"});
  const PreparedEnvironment first = prepare();
  const PreparedEnvironment second = prepare();
  EXPECT_EQ(second.packages, first.packages);
  EXPECT_THAT(second.not_installed, SizeIs(1));
  ASSERT_THAT(commands_, SizeIs(1));
  EXPECT_THAT(lines_of(commands_[0]), ElementsAre("impossible==2"));
  answer_ = [](const Command&) { return exits(0); };
  EXPECT_NE(prepare().packages, first.packages);
}

TEST_F(PrepareEnvironment, SaysThatTheNetworkIsAwayAndDoesNotWaitForItAgain) {
  want("a", {"one==1", "two==1"});
  answer_ = [](const Command& command) {
    if (!is_install(command)) return exits(0);
    const bool tries_again =
        std::find(command.argv.begin(), command.argv.end(), "--retries") == command.argv.end();
    const std::string retrying = "WARNING: Retrying after connection broken by x\n";
    return exits(
        1, (tries_again ? retrying : "") + "ERROR: No matching distribution found for one==1\n");
  };
  const PreparedEnvironment prepared = prepare();
  EXPECT_THAT(prepared.not_installed, SizeIs(2));
  EXPECT_THAT(prepared.missing(request_.workloads[0]),
              HasSubstr("one==1: the package index cannot be reached"));
  EXPECT_THAT(commands_.at(0).argv, Not(Contains("--retries")));
  EXPECT_THAT(commands_.at(1).argv, Contains("--retries"));
}

TEST_F(PrepareEnvironment, SaysThatThereIsNoPip) {
  want("a", {"one==1"});
  answer_ = [](const Command&) { return exits(1, "No module named pip"); };
  // A machine that has Debian's wheels offers them; this pip refuses to run either way.
  EXPECT_THAT(prepare().missing(request_.workloads[0]), HasSubstr("has no pip"));
}

TEST_F(PrepareEnvironment, TakesTheWheelOfASourceTreeWhereTheInterpreterHasNoPip) {
  const fs::path bundle = directory_.path() / "tree" / "Lib" / "ensurepip" / "_bundled";
  fs::create_directories(bundle);
  std::ofstream(bundle / "pip-25.0-py3-none-any.whl") << "zip";
  request_.source_tree = directory_.path() / "tree";
  want("a", {"one==1"});
  answer_ = [&](const Command& command) {
    const bool own = command.argv.at(1) == "-m" || command.argv.at(1) == "-I";
    return own ? exits(1, "No module named pip") : pip(command);
  };
  EXPECT_THAT(prepare().not_installed, IsEmpty());
  EXPECT_EQ(commands_.at(0).argv.at(1), (bundle / "pip-25.0-py3-none-any.whl" / "pip").string());
}

TEST_F(PrepareEnvironment, ShowsPipNothingThatMakesAnotherInterpreterOfIt) {
  want("a", {"one==1"});
  setenv("PYTHONPATH", "/users/own", 1);
  (void)prepare();
  unsetenv("PYTHONPATH");
  EXPECT_THAT(*commands_.at(0).environment, Not(Contains(testing::Key("PYTHONPATH"))));
  EXPECT_THAT(*commands_.at(0).environment, Contains(testing::Key("PATH")));
}

TEST_F(PrepareEnvironment, TakesFromTheUsersConfigurationOnlyWhatReachesAnIndex) {
  want("a", {"one==1"});
  answer_ = [&](const Command& command) {
    const bool asks =
        std::find(command.argv.begin(), command.argv.end(), "config") != command.argv.end();
    return asks ? exits(0, "global.index-url='https://mirror/simple'\nglobal.target='/x'\n")
                : pip(command);
  };
  setenv("PIP_TARGET", "/elsewhere", 1);
  setenv("FORCE_COLOR", "1", 1);
  setenv("CFLAGS", "-O1", 1);
  const PreparedEnvironment prepared = prepare();
  for (const char* name : {"PIP_TARGET", "FORCE_COLOR", "CFLAGS"}) unsetenv(name);
  const Environment& environment = *commands_.at(0).environment;
  EXPECT_EQ(environment.at("PIP_INDEX_URL"), "https://mirror/simple");
  EXPECT_EQ(environment.at("PIP_CONFIG_FILE"), "/dev/null");
  EXPECT_EQ(environment.at("CFLAGS"), "-O1");
  EXPECT_THAT(environment, Not(Contains(testing::Key("PIP_TARGET"))));
  EXPECT_THAT(environment, Not(Contains(testing::Key("FORCE_COLOR"))));
  ASSERT_THAT(prepared.notes, SizeIs(1));
  EXPECT_THAT(prepared.notes[0], HasSubstr("global.target"));
}

class PrepareBuilds : public PrepareEnvironment {
 protected:
  PrepareBuilds() {
    program_ = write("compile.py", "program").string();
    source_ = write("floor.c", "source").string();
    Workload one = measure_test::workload("floor");
    one.build = {program_, source_};
    request_.workloads = {one};
  }
  std::string program_, source_;
};

TEST_F(PrepareBuilds, RunsTheProgramOnItsFilesAndKeepsWhatItMade) {
  int runs = 0;
  answer_ = [&](const Command& command) {
    ++runs;
    EXPECT_THAT(command.argv,
                ElementsAre("/builds/a/bin/python3", program_, HasSubstr("staging"), source_));
    std::ofstream(fs::path(command.argv[2]) / "libfloor.so") << "code";
    return exits(0);
  };
  const PreparedEnvironment prepared = prepare();
  ASSERT_THAT(prepared.packages, SizeIs(1));
  EXPECT_TRUE(fs::exists(fs::path(prepared.packages[0]) / "libfloor.so"));
  EXPECT_EQ(prepare().packages, prepared.packages);
  EXPECT_EQ(runs, 1);
  write("floor.c", "other source");
  EXPECT_NE(prepare().packages, prepared.packages);
  EXPECT_EQ(runs, 2);
}

TEST_F(PrepareBuilds, TellsARefusalFromAFailure) {
  answer_ = [](const Command&) {
    return exits(77, "looking\nno C compiler: apt-get install gcc\n");
  };
  EXPECT_EQ(prepare().missing(request_.workloads[0]), "no C compiler: apt-get install gcc");
  answer_ = [](const Command&) { return exits(1, "floor.c:1: error: what?\n"); };
  EXPECT_EQ(prepare().missing(request_.workloads[0]),
            "floor.c cannot be compiled: exit status 1: floor.c:1: error: what?");
  EXPECT_THAT(store_.list("environment"), IsEmpty());
}

TEST_F(PrepareBuilds, DoesNotCompileWhatLacksItsPackages) {
  request_.workloads[0].requirements = {"impossible==1"};
  answer_ = [&](const Command& command) {
    EXPECT_NE(command.argv.at(1), program_);
    return pip(command);
  };
  EXPECT_THAT(prepare().missing(request_.workloads[0]), StartsWith("impossible==1: no wheel"));
}

TEST_F(PrepareBuilds, LetsTheProgramImportThePackages) {
  request_.workloads[0].requirements = {"cython==1"};
  std::string path;
  answer_ = [&](const Command& command) {
    if (command.argv.at(1) != program_) return pip(command);
    path = command.environment->at("PYTHONPATH");
    return exits(0);
  };
  const PreparedEnvironment prepared = prepare();
  ASSERT_THAT(prepared.packages, SizeIs(2));
  EXPECT_EQ(path, prepared.packages[0]);
}

TEST_F(PrepareBuilds, NoticesAChangedFileInADirectoryThatIsBuiltFrom) {
  fs::create_directories(directory_.path() / "kernels");
  write("kernels/a.c", "source");
  request_.workloads[0].build.push_back((directory_.path() / "kernels").string());
  answer_ = [](const Command&) { return exits(0); };
  const auto first = prepare().packages;
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(prepare().packages, first);
  write("kernels/a.c", "other source");
  EXPECT_NE(prepare().packages, first);
}

TEST_F(PrepareBuilds, ForAnotherMachineTheNativeInterpreterRunsTheProgram) {
  request_.cross = {"/native/bin/python3", "aarch64-linux-gnu-gcc"};
  answer_ = [&](const Command& command) {
    EXPECT_EQ(command.argv.at(0), "/native/bin/python3");
    EXPECT_EQ(command.environment->at("PYTUNE_TARGET_PREFIX"), "/builds/a");
    EXPECT_EQ(command.environment->at("PYTUNE_TARGET_CC"), "aarch64-linux-gnu-gcc");
    return exits(0);
  };
  EXPECT_THAT(prepare().packages, SizeIs(1));
}

}  // namespace
}  // namespace pytune
