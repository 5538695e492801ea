#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/formats.h"
#include "result/sweep_result.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kShellForms = {"shell", "configure", "pyenv"};

std::string form(const std::string& format, const SweepResult& result, const std::string& build,
                 const fs::path& home = "/srv/pytune") {
  return recommend_text(format, {result, test::build_of(result, build), home});
}

// Names that would end a quotation or a comment, or run something, were they pasted in as they are.
SweepResult hostile_result() {
  const std::string nasty = "a'b\"c`touch canary`$(touch canary)\ntouch canary\n#\\";
  SweepResult result = test::sample_result();
  result.host.cpu_model = nasty;
  result.measurement.arms.back().label = nasty;
  for (Arm& arm : result.measurement.arms) arm.label += nasty;
  Build& build = test::build_of(result, test::kWinner);
  build.name = nasty;
  build.source_archive = "py'$(touch canary)`touch canary` \".tar";
  build.source_origin = "Debian x'$(touch canary) 1;touch canary\ntouch canary";
  build.source_version = "3.13.5'$(touch canary)";
  build.source_sha256 = "'$(touch canary)";
  build.cpu_requirement = nasty;
  build.code_sha256 = nasty;
  build.python = "/srv/store/x'$(touch canary)\n/bin/python3.13'$(touch canary)";
  build.tools = {{nasty, "/usr/bin/x'\n$(touch canary)", nasty, "'$(touch canary)"}};
  build.configure_arguments.push_back(nasty);
  build.make_variables.emplace_back("CFLAGS_EXTRA='$(touch canary)`touch canary`");
  build.commands[0].stage = nasty;
  build.commands[1].directory = "$WORK/a'$(touch canary)";
  return result;
}

int run(const std::vector<std::string>& argv, const fs::path& directory,
        std::string* output = nullptr) {
  const Outcome outcome = test::run_program(argv, directory);
  if (output != nullptr) *output = outcome.output;
  return outcome.ok() ? 0 : 1;
}

TEST(Recommend, Shell) {
  const std::string text = form("shell", test::sample_result(), test::kWinner);
  EXPECT_THAT(
      text,
      HasSubstr("Speed (measured): 1.310x faster than the baseline (95 % interval 1.290-1.330), "
                "confirmed on fresh"));
  test::expect_golden("recommend-shell.sh", text);
}

TEST(Recommend, ShellOfABuildWithoutTraining) {
  const std::string text = form("shell", test::sample_result(), test::kEquivalent);
  for (const char* word : {"TRAINING", "STRIP=", "setarch"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(Recommend, Json) {
  const std::string text = form("json", test::sample_result(), test::kWinner);
  test::expect_golden("recommend.json", text);
  const auto document = nlohmann::json::parse(text);
  EXPECT_EQ(document.at("speed").at("evidence"), "measured");
  EXPECT_EQ(document.at("recommended"), true);
  EXPECT_GT(document.at("commands").at(0).at("seconds"), 0);
  EXPECT_EQ(nlohmann::json::parse(form("json", test::sample_result(), test::kBaseline)).at("speed"),
            nullptr);
}

TEST(Recommend, Pyenv) {
  test::expect_golden("recommend-pyenv.sh", form("pyenv", test::sample_result(), test::kWinner));
}

TEST(Recommend, Configure) {
  test::expect_golden("recommend-configure.sh",
                      form("configure", test::sample_result(), test::kWinner));
}

TEST(Recommend, ConfigureTakesAtMostEightLinesAndSaysWhatTheyCannot) {
  SweepResult result = test::sample_result();
  Build& build = test::build_of(result, test::kWinner);
  build.configuration.set<Patches>("series");
  build.configuration.set<Bolt>(Bolt::Value::on);
  const std::string text = form("configure", result, test::kWinner);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 8) << text;
  EXPECT_THAT(text, HasSubstr("\npytune patches apply .\n"));
  EXPECT_THAT(text, HasSubstr("llvm-bolt gets CPython's own flags"));
  EXPECT_THAT(text, HasSubstr(" --enable-bolt\n"));
  EXPECT_THAT(text, HasSubstr("what that gives up was not measured"));
  build.configuration.set<Patches>("0003-ascii-case");
  EXPECT_THAT(form("configure", result, test::kWinner),
              HasSubstr("\npytune patches apply . --patch 0003-ascii-case\n"));
}

TEST(Recommend, ConfigureSaysWhatUpstreamsTrainingGivesUpWhereTheSweepMeasuredIt) {
  SweepResult result = test::sample_result();
  const Build& winner = test::build_of(result, test::kWinner);
  ASSERT_EQ(winner.configuration.get<Pgo>(), Pgo::Value::training);
  Build& other = test::build_of(result, test::kEquivalent);
  other.configuration = winner.configuration;
  other.configuration.set<Pgo>(Pgo::Value::upstream);
  EXPECT_THAT(form("configure", result, test::kWinner),
              ContainsRegex("pytune's programs made the build 1\\.[0-9]+x faster than the one "
                            "trained so \\(95 % interval"));
}

TEST(Recommend, ConfigureSaysWhatItsLinesCannotCarry) {
  SweepResult result = test::sample_result();
  Configuration& configuration = test::build_of(result, test::kWinner).configuration;
  EXPECT_THAT(form("configure", result, test::kWinner), Not(HasSubstr("--disable-test-modules")));
  configuration.set<ModuleLinkage>(ModuleLinkage::Value::static_);
  configuration.set<PgoKind>(PgoKind::Value::csir);
  configuration.set<Libpython>(Libpython::Value::both);
  EXPECT_THAT(form("configure", result, test::kWinner),
              AllOf(HasSubstr("--disable-test-modules"), HasSubstr("tests are left out"),
                    HasSubstr("of clang's front end"),
                    HasSubstr("make LINK_PYTHON_OBJS='$(LIBRARY_OBJS)'")));
}

TEST(Recommend, Dockerfile) {
  test::expect_golden("recommend.dockerfile",
                      form("dockerfile", test::sample_result(), test::kWinner));
}

TEST(Recommend, Debian) {
  test::expect_golden("recommend-debian.mk", form("debian", test::sample_result(), test::kWinner));
}

TEST(Recommend, UnknownFormatGetsASuggestion) {
  try {
    form("shel", test::sample_result(), test::kWinner);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"shell\"?"));
  }
}

TEST(Recommend, WhatCannotBeReproducedIsRefused) {
  SweepResult result = test::sample_result();
  test::add_failed_build(result);
  test::build_of(result, test::kEquivalent).commands.clear();
  for (const std::string& format : form_names()) {
    EXPECT_THROW(form(format, result, test::kFailed), Failure) << format;
    EXPECT_THROW(form(format, result, test::kEquivalent), Failure) << format;
  }
}

// CPython's own training task reports failing tests, which cost the profile nothing.
TEST(Recommend, UpstreamTrainingMayHaveFailingTests) {
  SweepResult result = test::sample_result();
  Build& build = test::build_of(result, test::kWinner);
  build.configuration.set<Pgo>(Pgo::Value::upstream);
  build.commands[5].line =
      "PYTHONHASHSEED=0 \"$WORK/install/opt/python/bin/python3.13\" -m test --pgo --timeout=600";
  EXPECT_THAT(form("shell", result, test::kWinner),
              HasSubstr("|| case $? in 2 | 3) ;; *) exit 1 ;; esac"));
  EXPECT_THAT(form("debian", result, test::kWinner),
              HasSubstr("|| case $$? in 2 | 3) ;; *) exit 1 ;; esac"));
}

TEST(Recommend, PatchesAreApplied) {
  SweepResult result = test::sample_result();
  test::build_of(result, test::kWinner).configuration.set<Patches>("series");
  EXPECT_THAT(form("shell", result, test::kWinner),
              HasSubstr("PATCHES=${PATCHES:-/srv/pytune/patches/3.13}"));
  EXPECT_THAT(form("dockerfile", result, test::kWinner), HasSubstr("COPY patches "));
  EXPECT_THAT(form("debian", result, test::kWinner), HasSubstr("debian/pytune-patches/series"));
}

TEST(Recommend, OnePatchAloneIsAppliedByItsName) {
  SweepResult result = test::sample_result();
  test::build_of(result, test::kWinner).configuration.set<Patches>("0004-hex");
  EXPECT_THAT(form("shell", result, test::kWinner),
              HasSubstr("printf '%s\\n' 0004-hex.patch >\"$WORK/series\""));
  EXPECT_THAT(form("debian", result, test::kWinner), HasSubstr("for patch in 0004-hex.patch; do"));
}

TEST(Recommend, BaseImageFollowsTheSystem) {
  SweepResult result = test::sample_result();
  for (const auto& [os, image] : std::vector<std::pair<std::string, std::string>>{
           {"Debian GNU/Linux 13 (trixie)", "FROM debian:13 AS build"},
           {"Ubuntu 24.04.1 LTS", "FROM ubuntu:24.04 AS build"},
           {"Fedora Linux 43", "FROM debian:12 AS build"},
           {"", "FROM debian:12 AS build"}}) {
    result.host.os = os;
    EXPECT_THAT(form("dockerfile", result, test::kWinner), HasSubstr(image));
  }
}

TEST(Recommend, ACompilerOfAnotherReleaseIsFoundWhereItLiesOrInstalledFromThere) {
  SweepResult result = test::sample_result();
  Build& build = test::build_of(result, test::kWinner);
  build.configuration.set<Compiler>("debian:13/gcc-14");
  build.tools.front().path = "/my store/toolchain/k/root/programs/gcc-14";
  EXPECT_THAT(form("shell", result, test::kWinner),
              HasSubstr("PATH='/my store/toolchain/k/root/programs':\"$PATH\""));
  EXPECT_THAT(
      form("dockerfile", result, test::kWinner),
      AllOf(HasSubstr("FROM debian:13 AS build"), HasSubstr("The compiler is of debian:13")));
}

class RecommendScripts : public testing::Test {
 protected:
  fs::path file(const std::string& name, const std::string& text) const {
    write_file_atomic(directory_.path() / name, text);
    return directory_.path() / name;
  }
  const fs::path& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_{fs::temp_directory_path(), "pytune-recommend"};
};

TEST_F(RecommendScripts, AreValidShell) {
  const fs::path home = "/srv/py'tune $(touch canary)\n";
  for (const SweepResult& result : {test::sample_result(), hostile_result()}) {
    for (const std::string& format : kShellForms) {
      const fs::path script = file(format + ".sh", form(format, result, test::kWinner, home));
      std::string output;
      EXPECT_EQ(run({"sh", "-n", script}, directory(), &output), 0) << output << read_file(script);
      if (!find_program("shellcheck")) continue;
      EXPECT_EQ(
          run({"shellcheck", "--shell=sh", "--severity=warning", script}, directory(), &output), 0)
          << output;
    }
  }
}

TEST_F(RecommendScripts, HostileNamesRunNothing) {
  const fs::path home = "/srv/py'tune $(touch canary)\n";
  for (const std::string& format : kShellForms) {
    const fs::path script =
        file(format + ".sh", form(format, hostile_result(), test::kWinner, home));
    EXPECT_NE(run({"sh", script}, directory()), 0)
        << "there is no such source, and no such pyenv version";
    EXPECT_FALSE(fs::exists(directory() / "canary"));
  }
  const auto document = nlohmann::json::parse(form("json", hostile_result(), test::kWinner, home));
  EXPECT_THAT(document.at("name").get<std::string>(), HasSubstr("\ntouch canary\n"));
}

// What docker's RUN does with the lines is what a shell does with them; the script must come out
// byte for byte.
TEST_F(RecommendScripts, DockerfileHoldsTheShellForm) {
  const fs::path home;
  for (const SweepResult& result : {test::sample_result(), hostile_result()}) {
    const std::string text = form("dockerfile", result, test::kWinner, home);
    const std::string start = "RUN printf '%s\\n'";
    const std::string end = " >/pytune/build.sh\n";
    const std::size_t from = text.find(start);
    const std::size_t to = text.find(end);
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    const fs::path script = file("embedded.sh", text.substr(from + 4, to - from - 4) + "\n");
    std::string output;
    EXPECT_EQ(run({"sh", script}, directory(), &output), 0);
    EXPECT_EQ(output, form("shell", result, test::kWinner, home));
    EXPECT_THAT(text, Not(HasSubstr("<<"))) << "BuildKit would take it for a heredoc";
  }
}

// Every line outside the header is a comment, an instruction, or a continuation: nothing a hostile
// name put there.
TEST_F(RecommendScripts, DockerfileLinesAreInstructions) {
  std::istringstream lines(form("dockerfile", hostile_result(), test::kWinner));
  bool continued = false;
  for (std::string line; std::getline(lines, line);) {
    const bool known = line.empty() || line.starts_with('#') || line.starts_with("FROM ") ||
                       line.starts_with("RUN ") || line.starts_with("COPY ") ||
                       line.starts_with("ENV ") || line.starts_with("CMD ");
    EXPECT_TRUE(continued || known) << line;
    continued = !line.starts_with('#') && line.ends_with('\\');
  }
}

TEST_F(RecommendScripts, DebianRefusesWhatMakeCannotHold) {
  SweepResult result = test::sample_result();
  test::build_of(result, test::kWinner).commands[0].line += " 'two\nlines'";
  EXPECT_THROW(form("debian", result, test::kWinner), Failure);
}

TEST_F(RecommendScripts, DebianCommentsEndWhereTheyShould) {
  SweepResult result = hostile_result();
  test::build_of(result, test::kWinner).commands = test::sample_result().builds[1].commands;
  file("rules", form("debian", result, test::kWinner));
  std::string output;
  EXPECT_EQ(run({"make", "-n", "-f", "rules", "override_dh_auto_build"}, directory(), &output), 0)
      << output;
  EXPECT_FALSE(fs::exists(directory() / "canary"));
}

// A stand-in for a plain tree's configure shows what arrives.
TEST_F(RecommendScripts, ConfigureSeesTheFlags) {
  const fs::path configure = file("configure", "#!/bin/sh\nenv\nprintf 'argument=%s\\n' \"$@\"\n");
  fs::permissions(configure, fs::perms::owner_all);
  const fs::path script = file("form.sh", form("configure", test::sample_result(), test::kWinner));
  std::string output;
  ASSERT_EQ(run({"sh", script}, directory(), &output), 0) << output;
  for (const char* line :
       {"CC=gcc-12", "AR=gcc-ar-12", "OPT=-DNDEBUG -O3",
        "CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer",
        "LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3",
        "LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\\$$ORIGIN/../lib",
        "argument=--disable-shared", "argument=--enable-optimizations"})
    EXPECT_THAT("\n" + output, HasSubstr("\n" + std::string(line) + "\n"));
  EXPECT_THAT(output, Not(HasSubstr("fprofile")));
}

// pyenv gets its settings through the environment; a stand-in shows what arrives.
TEST_F(RecommendScripts, PyenvSeesTheFlags) {
  const fs::path pyenv = file("pyenv", "#!/bin/sh\nenv\nprintf 'argument=%s\\n' \"$@\"\n");
  fs::permissions(pyenv, fs::perms::owner_all);
  const test::ScopedVariable path("PATH", directory().string() + ":/usr/bin:/bin");
  const fs::path script = file("form.sh", form("pyenv", test::sample_result(), test::kWinner));
  std::string output;
  ASSERT_EQ(run({"sh", script}, directory(), &output), 0) << output;
  EXPECT_THAT("\n" + output, HasSubstr("\nCC=/usr/bin/gcc-12\n"));
  EXPECT_THAT("\n" + output, HasSubstr("\nOPT=-DNDEBUG -O3\n"));
  EXPECT_THAT(
      "\n" + output,
      HasSubstr("\nCFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer\n"));
  EXPECT_THAT(
      output,
      HasSubstr("LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\\$$ORIGIN/../lib\n"));
  EXPECT_THAT(output,
              HasSubstr("\nPYTHON_CONFIGURE_OPTS=--disable-shared --enable-optimizations\n"));
  EXPECT_THAT(output, HasSubstr("argument=install\nargument=3.13.5\n"));
  EXPECT_THAT(output, Not(HasSubstr("fprofile")))
      << "pytune's profile lies where pyenv does not look";
}

}  // namespace
}  // namespace pytune
