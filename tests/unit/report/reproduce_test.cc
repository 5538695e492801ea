// The shell and debian forms, run for real on a source that takes a second: a program that stands
// in for CPython.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/formats.h"
#include "result/sweep_result.h"
#include "sys/files.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// Counts what it ran where gcov would: below GCOV_PREFIX, without the first GCOV_PREFIX_STRIP
// directories.
constexpr const char* kProgram = R"text(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef USE
#include "counts.h"
int trained[TRAINED];
int main(int argc, char** argv) { return argc > 1 && getenv("CFLAGS") ? 3 : argv[argc] != 0 || TRAINED != 1; }
#else
int main(int argc, char** argv) {
  const char* prefix = getenv("GCOV_PREFIX");
  const char* strip = getenv("GCOV_PREFIX_STRIP");
  if (!prefix || !strip || argc < 2) return 0;
  const char* rest = WHERE "/counts.h";
  for (int left = atoi(strip) + 1; left > 0 && rest; --left) rest = strchr(rest + 1, '/') ? strchr(rest, '/') + 1 : 0;
  if (!rest || strcmp(rest, "counts.h") != 0) return 4;
  char file[4096];
  snprintf(file, sizeof file, "%s/%s", prefix, rest);
  FILE* out = fopen(file, "w");
  if (!out) return 5;
  fprintf(out, "#define TRAINED %d\n", (int)strlen(argv[1]) > 0);
  return fclose(out);
}
#endif
)text";

constexpr const char* kConfigure = R"text(#!/bin/sh
[ "${CFLAGS+set}${MAKEFLAGS+set}" = '' ] || { echo "the caller's environment came through"; exit 1; }
prefix=${1#--prefix=}
cat >Makefile <<END
OPT =
python:
	cc \$(OPT) -DWHERE='"\$(CURDIR)"' -I. -o python ../src/program.c
install: python
	mkdir -p \$(DESTDIR)$prefix/bin \$(DESTDIR)$prefix/lib/python3.13
	cp python \$(DESTDIR)$prefix/bin/python3.13
END
)text";

class Reproduce : public testing::Test {
 protected:
  Reproduce() {
    fs::create_directories(root() / "tree" / "Fake-3.13");
    write_file_atomic(root() / "tree" / "Fake-3.13" / "program.c", kProgram);
    write_file_atomic(root() / "tree" / "Fake-3.13" / "configure", kConfigure);
    fs::permissions(root() / "tree" / "Fake-3.13" / "configure", fs::perms::owner_all);
    fs::create_directories(root() / "store" / "archive" / "0011223344556677");
    EXPECT_EQ(run({"tar", "-cf", archive(), "-C", root() / "tree", "Fake-3.13"}), 0);
    fs::create_directories(root() / "training");
    write_file_atomic(root() / "training" / "run.py", "");
    describe();
  }

  fs::path root() const { return directory_.path(); }
  fs::path archive() const {
    return root() / "store" / "archive" / "0011223344556677" / "fake it.tar";
  }
  Build& build() { return test::build_of(result_, test::kWinner); }

  int run(const std::vector<std::string>& argv, const fs::path& where = {}) {
    const Outcome outcome = test::run_program(argv, where.empty() ? root() : where);
    output_ = outcome.output;
    return outcome.ok() ? 0 : 1;
  }

  int run_shell_form() {
    write_file_atomic(root() / "form.sh", recommend_text("shell", {result_, build(), {}}));
    return run({"sh", root() / "form.sh"});
  }

  SweepResult result_ = test::sample_result();
  std::string output_;

 private:
  void describe() {
    Build& b = build();
    b.source_archive = "fake it.tar";
    b.source_sha256 = sha256_file(archive());
    b.prefix = root() / "store" / "build" / b.id / "prefix";
    b.python = b.prefix / "bin" / "python3.13";
    b.tools.clear();
    b.configure_arguments = {"--prefix=/opt/python"};
    const std::string fresh =
        "rm -rf \"$WORK/build\" \"$WORK/install\" && mkdir \"$WORK/build\" && cd \"$WORK/build\"";
    const std::string configure = "../src/configure --prefix=/opt/python";
    const auto make = [](const std::string& opt) {
      return std::vector<std::string>{
          "make \"-j$JOBS\" 'OPT=" + opt + "'",
          "make \"-j$JOBS\" install \"DESTDIR=$WORK/install\" 'OPT=" + opt + "'"};
    };
    b.commands.clear();
    const auto add = [&b](const std::string& stage, const std::string& line) {
      b.commands.push_back({stage, "$WORK/build", line, 0});
    };
    add("configure", configure);
    for (const char* stage : {"instrument", "compile"}) {
      add(stage, fresh);
      add(stage, configure);
      if (std::string_view(stage) == "compile") add(stage, "cp -a \"$WORK/profile/.\" .");
      for (const auto& line : make(std::string_view(stage) == "compile" ? "-O2 -DUSE" : "-O1"))
        add(stage, line);
      if (std::string_view(stage) == "instrument")
        add("train",
            "GCOV_PREFIX=\"$WORK/profile\" GCOV_PREFIX_STRIP=\"$STRIP\" setarch -R "
            "\"$WORK/install/opt/python/bin/python3.13\" \"$TRAINING/run.py\"");
    }
  }

  TemporaryDirectory directory_{fs::temp_directory_path(), "pytune-reproduce"};
};

TEST_F(Reproduce, ShellFormBuildsTheSameCode) {
  const test::ScopedVariable training("TRAINING", (root() / "training").string());
  const test::ScopedVariable cflags("CFLAGS", "-O0");
  const test::ScopedVariable prefix("PREFIX", (root() / "out put").string());
  ASSERT_EQ(run_shell_form(), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("expected code_sha256 " + build().code_sha256));
  EXPECT_TRUE(fs::exists(root() / "out put" / "bin" / "python3.13"));

  // The same again, beside "pytune's own", in a work directory of another depth.
  fs::create_directories(build().prefix.parent_path());
  copy_tree(root() / "out put", build().prefix);
  const test::ScopedVariable work("WORK", (root() / "a" / "b" / "work").string());
  ASSERT_EQ(run_shell_form(), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("The same code as in pytune's build."));

  // Other code is noticed.
  fs::copy_file("/bin/true", build().python, fs::copy_options::overwrite_existing);
  const test::ScopedVariable other("WORK", (root() / "work2").string());
  EXPECT_NE(run_shell_form(), 0);
  EXPECT_THAT(output_, HasSubstr("NOT the code that was measured: bin/python3.13\n"));
}

TEST_F(Reproduce, ShellFormCanBePipedIntoAShell) {
  const test::ScopedVariable training("TRAINING", (root() / "training").string());
  write_file_atomic(root() / "form.sh", recommend_text("shell", {result_, build(), {}}));
  ASSERT_EQ(run({"sh", "-c", "sh <form.sh"}), 0) << output_;
  EXPECT_TRUE(fs::exists(root() / "python-3.13.5" / "bin" / "python3.13"));
}

TEST_F(Reproduce, ShellFormStopsBeforeDoingHarm) {
  EXPECT_NE(run_shell_form(), 0);
  EXPECT_THAT(output_, HasSubstr("set TRAINING to profiles/training"));
  EXPECT_FALSE(fs::exists(root() / "pytune-build"));
  const test::ScopedVariable training("TRAINING", (root() / "training").string());
  {
    const test::ScopedVariable work("WORK", (root() / "store").string());
    EXPECT_NE(run_shell_form(), 0);
    EXPECT_THAT(output_, HasSubstr("exists: remove it, or set WORK"));
  }
  {
    const test::ScopedVariable work("WORK", "with blank");
    EXPECT_NE(run_shell_form(), 0);
    EXPECT_THAT(output_, HasSubstr("holds a blank, which make install cannot take; set WORK"));
    EXPECT_FALSE(fs::exists(root() / "with blank"));
  }
  {
    const test::ScopedVariable elsewhere("ARCHIVE", "/nonexistent/x.tar");
    const test::ScopedVariable work("WORK", (root() / "work3").string());
    EXPECT_NE(run_shell_form(), 0);
    EXPECT_THAT(output_, HasSubstr("apt-get source --download-only python3.13=3.13.5-2+deb13u5"));
  }
  write_file_atomic(archive(), "not the archive");
  EXPECT_NE(run_shell_form(), 0);
  EXPECT_THAT(output_, HasSubstr("source-archive: FAILED"));
  EXPECT_FALSE(fs::exists(root() / "pytune-build" / "build" / "Makefile"));
}

TEST_F(Reproduce, OtherToolsAreNamedButDoNotStopIt) {
  const test::ScopedVariable training("TRAINING", (root() / "training").string());
  const std::string shell = fs::canonical("/bin/sh").string();
  build().tools = {{"same", shell, "", sha256_file(shell)},
                   {"make", "/nonexistent/make", "GNU Make 999.9", std::string(64, '0')},
                   {"other", shell, "", std::string(64, '0')}};
  ASSERT_EQ(run_shell_form(), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("warning: make is not GNU Make 999.9"));
  EXPECT_THAT(output_, HasSubstr("warning: other is not the file with the recorded hash"));
  EXPECT_THAT(output_, Not(HasSubstr("warning: same")));
}

TEST_F(Reproduce, DebianFormBuildsInAPackage) {
  const fs::path package = root() / "package";
  fs::create_directories(package / "debian");
  build().source_archive = "fake.tar";  // as dpkg names them: without blanks
  fs::copy_file(archive(), root() / "fake.tar");
  copy_tree(root() / "training", package / "debian" / "training");
  write_file_atomic(package / "debian" / "rules", recommend_text("debian", {result_, build(), {}}));
  const test::ScopedVariable cflags("CFLAGS", "-O0");
  for (const char* target :
       {"override_dh_auto_configure", "override_dh_auto_build", "override_dh_auto_install"})
    ASSERT_EQ(run({"make", "-f", "debian/rules", target}, package), 0) << output_;
  EXPECT_EQ(run({package / "debian/tmp/opt/python/bin/python3.13"}), 0);
  EXPECT_EQ(run({"make", "-f", "debian/rules", "override_dh_auto_clean"}, package), 0);
  EXPECT_FALSE(fs::exists(package / "debian" / "pytune-work"));
}

}  // namespace
}  // namespace pytune
