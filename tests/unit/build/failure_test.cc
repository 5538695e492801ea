#include "build/failure.h"

#include <gmock/gmock.h>

#include <csignal>

#include <nlohmann/json.hpp>

namespace pytune {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Outcome exit_status(int code) {
  Outcome outcome;
  outcome.exit_code = code;
  return outcome;
}
Outcome killed(int signal) {
  Outcome outcome;
  outcome.signal = signal;
  return outcome;
}
BuildFailure classify(const std::string& log, const Outcome& outcome = exit_status(2)) {
  return classify_failure("compile", outcome, log, "logs/x");
}

struct Excerpt {
  const char* log;
  const char* failure_class;
  const char* message;  // part of it
  bool deterministic;
};

class FailureClass : public ::testing::TestWithParam<Excerpt> {};

TEST_P(FailureClass, IsReadFromTheLog) {
  const Excerpt& excerpt = GetParam();
  const BuildFailure failure = classify("gcc -c x.c\n" + std::string(excerpt.log) +
                                        "\nmake: *** [Makefile:1: x.o] Error 1\n");
  EXPECT_EQ(failure.failure_class, excerpt.failure_class);
  EXPECT_THAT(failure.message, HasSubstr(excerpt.message));
  EXPECT_EQ(failure.deterministic, excerpt.deterministic);
  EXPECT_FALSE(failure.remedy.empty());
  EXPECT_EQ(failure.stage, "compile");
  EXPECT_EQ(failure.log, "logs/x");
}

INSTANTIATE_TEST_SUITE_P(
    Failures, FailureClass,
    ::testing::Values(
        Excerpt{"/tmp/ccX.s: fatal error: cannot write: No space left on device", "disk-full",
                "No space left", false},
        Excerpt{"cc1: out of memory allocating 65536 bytes", "out-of-memory", "out of memory",
                false},
        Excerpt{"gcc: fatal error: Killed signal terminated program cc1", "out-of-memory",
                "Killed signal", false},
        Excerpt{"clang: error: unable to execute command: Killed", "out-of-memory", "Killed",
                false},
        Excerpt{"x.o: final close failed: File too large", "resource-limit", "File too large",
                false},
        Excerpt{"make: *** [Makefile:9: x.o] File size limit exceeded", "resource-limit", "x.o",
                false},
        Excerpt{"cc1: fatal error: x.h: Too many open files", "resource-limit", "open files",
                false},
        Excerpt{"make: fork: Resource temporarily unavailable", "resource-limit", "fork", false},
        Excerpt{"make: *** [Makefile:3034: Objects/methodobject.o] Interrupt", "interrupted",
                "methodobject.o", false},
        Excerpt{"make[1]: *** [Makefile:9: x.o] Terminated", "interrupted", "x.o", false},
        Excerpt{"make: *** [Makefile:11: all] Error 143", "interrupted", "143", false},
        Excerpt{"/bin/sh: 1: cannot run gcc-12: No such file or directory", "tool-vanished",
                "gcc-12", false},
        Excerpt{"gcc: fatal error: cannot execute ‘cc1’: execvp: No such file or directory",
                "tool-vanished", "cc1", false},
        Excerpt{"Python/ceval.c:12:1: internal compiler error: in expand_expr, at "
                "expr.cc:8606\nPlease submit a full bug report",
                "compiler-crash", "in expand_expr", true},
        Excerpt{"PLEASE submit a bug report to https://github.com/llvm/llvm-project/issues/",
                "compiler-crash", "PLEASE", true},
        Excerpt{"x.c:1:1: error: the control flow of function ‘f’ does not match its profile data "
                "(counter ‘arcs’) [-Werror=coverage-mismatch]",
                "profile-mismatch", "control flow", true},
        Excerpt{"./Modules/_ctypes/_ctypes.c:118:10: fatal error: ffi.h: No such file or directory",
                "missing-header", "ffi.h", true},
        Excerpt{"x.c:1:10: fatal error: 'zlib.h' file not found", "missing-header", "zlib.h", true},
        Excerpt{"/usr/bin/ld: cannot find -lssl: No such file or directory\ncollect2: error: ld "
                "returned 1 exit status",
                "missing-library", "-lssl", true},
        Excerpt{"gcc: error: unrecognized command-line option ‘-mfoo’", "unknown-flag", "-mfoo",
                true},
        Excerpt{"cc1: error: bad value ‘neoverse-v9’ for ‘-mcpu=’ switch", "unknown-flag",
                "neoverse-v9", true},
        Excerpt{"cc1: error: bad value 'x' for '-march=' switch", "unknown-flag", "bad value",
                true},
        Excerpt{"clang: error: unknown argument: '-fwhat'", "unknown-flag", "-fwhat", true},
        Excerpt{"/usr/bin/ld: x.o: in function `f':\nx.c:(.text+0x5): undefined reference to "
                "`g'\ncollect2: error: ld returned 1 exit status",
                "link-error", "undefined reference", true},
        Excerpt{"ld.lld: error: undefined symbol: g\nclang: error: linker command failed with exit "
                "code 1",
                "link-error", "undefined symbol: g", true},
        Excerpt{"/usr/bin/ld: x.o: relocation R_X86_64_32 against `.data' can not be used when "
                "making a PIE object; recompile with -fPIE",
                "link-error", "recompile", true},
        Excerpt{"x.c:5:3: error: ‘y’ undeclared (first use in this function)", "compile-error",
                "undeclared", true},
        Excerpt{"configure: error: no acceptable C compiler found in $PATH", "configure-error",
                "no acceptable", true},
        Excerpt{"BOLT-ERROR: Cannot relax adr in non-simple function", "bolt-failed",
                "Cannot relax", true},
        Excerpt{"llvm-bolt: error: unsupported relocation", "bolt-failed", "relocation", true},
        Excerpt{"Illegal instruction (core dumped)", "illegal-instruction", "Illegal", true},
        Excerpt{"Traceback (most recent call last):\n  File \"run.py\", line 1, in "
                "<module>\nAssertionError",
                "training-failed", "Traceback", true}));

TEST(ClassifyFailure, MachineTroubleStandsBeforeTheErrorsItCauses) {
  EXPECT_EQ(classify("x.c:1:1: error: y\ncollect2: error: ld returned 1 exit status\nas: No space "
                     "left on device")
                .failure_class,
            "disk-full");
  EXPECT_EQ(
      classify("x.c:1: error: z\nx.c:2: internal compiler error: Segmentation fault").failure_class,
      "compiler-crash");
}

TEST(ClassifyFailure, RemedyNamesWhatIsMissing) {
  EXPECT_THAT(classify("x.c:1:10: fatal error: ffi.h: No such file or directory").remedy,
              HasSubstr("provides ffi.h"));
  EXPECT_THAT(classify("ld: cannot find -lbz2").remedy, HasSubstr("libbz2"));
}

TEST(ClassifyFailure, TimeoutIsAHang) {
  Outcome outcome = killed(SIGTERM);
  outcome.timed_out = true;
  outcome.wall_seconds = 60;
  const BuildFailure failure = classify("x.c:1:1: error: y\nstill here\n\n", outcome);
  EXPECT_EQ(failure.failure_class, "hang");
  EXPECT_EQ(failure.message, "compile did not end within 60 s; last said: still here");
}

TEST(ClassifyFailure, SignalsWithoutATellingLine) {
  EXPECT_EQ(classify("fine\n", killed(SIGKILL)).failure_class, "out-of-memory");
  EXPECT_FALSE(classify("fine\n", killed(SIGKILL)).deterministic);
  EXPECT_EQ(classify("", killed(SIGILL)).failure_class, "illegal-instruction");
  EXPECT_EQ(classify("", killed(SIGSEGV)).failure_class, "crash");
  EXPECT_TRUE(classify("", killed(SIGSEGV)).deterministic);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EQ(classify("", killed(signal)).failure_class, "interrupted");
    EXPECT_FALSE(classify("", killed(signal)).deterministic);
  }
}

TEST(ClassifyFailure, ProgramThatDoesNotStartHasVanished) {
  Outcome outcome;
  outcome.started = false;
  outcome.start_error = "cannot run make: not found on PATH";
  const BuildFailure failure = classify("", outcome);
  EXPECT_EQ(failure.failure_class, "tool-vanished");
  EXPECT_EQ(failure.message, outcome.start_error);
  EXPECT_FALSE(failure.deterministic);
}

TEST(ClassifyFailure, UnknownTroubleGivesTheLastLine) {
  const BuildFailure failure = classify("one\nmake: *** [x] Error 2\n \n");
  EXPECT_EQ(failure.failure_class, "failed");
  EXPECT_EQ(failure.message, "exit status 2: make: *** [x] Error 2");
  EXPECT_EQ(classify("").message, "exit status 2: (the log is empty)");
}

TEST(ClassifyFailure, HugeLinesAndLogsAreFine) {
  const std::string line(3'000'000, 'x');
  EXPECT_EQ(classify(line).failure_class, "failed");
  EXPECT_EQ(classify(line + "\nx.c:1:1: error: y\n").failure_class, "compile-error");
  EXPECT_THAT(classify("a: error: " + line.substr(0, 5000)).message, SizeIs(243));
}

TEST(ClassifyFailure, MessageIsOneLineOfValidText) {
  EXPECT_EQ(classify("\x1b[31mx: error: y\r").message, " [31mx: error: y ");
  // The cut at 240 bytes falls into a quotation mark; the other log is not UTF-8 at all.
  for (std::size_t pad = 200; pad < 240; ++pad) {
    const auto message =
        classify("x: error: " + std::string(pad, 'x') + "‘’‘’‘’‘’‘’‘’‘’‘’").message;
    EXPECT_NO_THROW((void)nlohmann::json(message).dump()) << pad;
  }
  EXPECT_NO_THROW((void)nlohmann::json(classify("x: error: caf\xe9").message).dump());
  EXPECT_NO_THROW((void)nlohmann::json(classify("caf\xe9").message).dump());
  EXPECT_NO_THROW(
      (void)nlohmann::json(classify("x.c:1: fatal error: caf\xe9.h: No such file or directory"))
          .dump());
}

TEST(ClassifyFailure, ALimitOfTheShellIsNotTheConfigurationsFault) {
  for (const int signal : {SIGXFSZ, SIGXCPU}) {
    const BuildFailure failure = classify("", killed(signal));
    EXPECT_EQ(failure.failure_class, "resource-limit");
    EXPECT_THAT(failure.remedy, HasSubstr("ulimit"));
    EXPECT_FALSE(failure.deterministic);
  }
}

}  // namespace
}  // namespace pytune
