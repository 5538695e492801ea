#include "sys/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "unit/sys/commands.h"

namespace pytune {
namespace {

using namespace std::chrono_literals;
using sys_test::eventually;
using sys_test::gone;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class Process : public sys_test::Commands {};

TEST_F(Process, ARelativeScriptSeesItsNameAsItWasTyped) {
  std::filesystem::create_directories(at("work"));
  write_file_atomic(at("script"), "#!/bin/sh\necho \"$0\"\n");
  std::filesystem::permissions(at("script"), std::filesystem::perms::owner_all);
  Command command;
  command.argv = {"../script"};
  command.cwd = at("work");
  EXPECT_EQ(run(command).output, "../script\n");
}

TEST_F(Process, CapturesBothStreamsAndExitStatus) {
  const Outcome outcome = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(outcome.output, "out\nerr\n");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.describe(), "exit status 3");
  EXPECT_TRUE(run(shell("true")).ok());
}

TEST_F(Process, ReportsTheSignal) {
  const Outcome outcome = run(shell("kill -SEGV $$"));
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.describe(), "killed by signal 11 (Segmentation fault)");
}

TEST_F(Process, MissingProgramIsNotStarted) {
  Command command;
  for (const std::string name : {"pytune-no-such-program", "/no/such/program"}) {
    command.argv = {name};
    const Outcome outcome = run(command);
    EXPECT_FALSE(outcome.started);
    EXPECT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.describe(), HasSubstr("cannot run " + name + ": not found"));
  }
}

TEST_F(Process, UnrunnableFileSaysWhy) {
  sys_test::write(at("script"), "#!/no/such/interpreter\n");
  std::filesystem::permissions(at("script"), std::filesystem::perms::owner_all);
  Command command;
  command.argv = {at("script")};
  const Outcome outcome = run(command);
  EXPECT_FALSE(outcome.started);
  EXPECT_THAT(outcome.start_error, EndsWith("No such file or directory"));
}

TEST_F(Process, MissingWorkingDirectoryIsNotStarted) {
  Command command = shell("true");
  command.cwd = at("absent");
  EXPECT_FALSE(run(command).started);
}

TEST_F(Process, TimeoutKillsGrandchildrenThatIgnoreSigterm) {
  Command command = shell(
      "(trap '' TERM; sh -c 'echo $PPID > pid'; while :; do sleep 0.1; done) & "
      "trap '' TERM; while :; do sleep 0.1; done");
  command.cwd = root();
  command.timeout = 400ms;
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_THAT(outcome.describe(), HasSubstr("timed out after"));
  const long pid = written_pid("pid");
  EXPECT_TRUE(eventually([&] { return gone(pid); }));
}

TEST_F(Process, TimeoutGivesTheChildTimeToCleanUp) {
  Command command = shell("trap 'echo cleaned > done; exit 1' TERM; while :; do sleep 0.05; done");
  command.cwd = root();
  command.timeout = 300ms;
  EXPECT_TRUE(run(command).timed_out);
  EXPECT_EQ(read_file(at("done")), "cleaned\n");
}

TEST_F(Process, LeftoverBackgroundChildrenEndWithTheirParent) {
  Command command = shell("sleep 60 & echo $! > pid");
  command.cwd = root();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(run(command).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  const long pid = written_pid("pid");
  EXPECT_TRUE(eventually([&] { return gone(pid); }));
}

TEST_F(Process, StopRequestThrowsInterruptedAndKillsTheChild) {
  Command command = shell("echo $$ > pid; sleep 60");
  command.cwd = root();
  std::thread stopper([&] {
    written_pid("pid");
    request_stop();
  });
  EXPECT_THROW(run(command), Interrupted);
  stopper.join();
  EXPECT_TRUE(gone(written_pid("pid")));
}

TEST_F(Process, NothingStartsAfterAStopRequest) {
  request_stop();
  Command command = shell("echo x > file");
  command.cwd = root();
  EXPECT_THROW(run(command), Interrupted);
  EXPECT_FALSE(std::filesystem::exists(at("file")));
}

TEST_F(Process, ResultPipeIsSeparateFromOutput) {
  Command command;
  command.argv = {"/bin/sh", "-c", "echo result >&$1; echo noise", "sh", "{pipe}"};
  command.result_pipe = true;
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.piped, "result\n");
  EXPECT_EQ(outcome.output, "noise\n");
}

TEST_F(Process, OutputBeyondTheLimitIsDropped) {
  Command command = shell("printf 123456789");
  command.output_limit = 4;
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.output, "1234");
  EXPECT_TRUE(outcome.truncated);
  command.output_limit = 9;
  EXPECT_FALSE(run(command).truncated);
}

TEST_F(Process, OutputLargerThanAPipeArrivesWhole) {
  const Outcome outcome = run(shell("head -c 1000000 /dev/zero"));
  EXPECT_EQ(outcome.output.size(), 1000000U);
  EXPECT_FALSE(outcome.truncated);
}

TEST_F(Process, LogIsAppendedTo) {
  Command command = shell("echo out; echo err >&2");
  command.log = at("log");
  EXPECT_EQ(run(command).output, "");
  run(command);
  EXPECT_EQ(read_file(at("log")), "out\nerr\nout\nerr\n");
}

TEST_F(Process, StdoutAloneIsCapturedBesideALog) {
  Command command = shell("echo out; echo err >&2");
  command.log = at("log");
  command.capture_stdout_only = true;
  EXPECT_EQ(run(command).output, "out\n");
  EXPECT_EQ(read_file(at("log")), "err\n");
}

TEST_F(Process, UnwritableLogIsAFailure) {
  Command command = shell("true");
  command.log = at("absent/log");
  EXPECT_THROW(run(command), Failure);
}

TEST_F(Process, EnvironmentIsTheOneGivenAndTheMark) {
  Command command;
  command.argv = {"/usr/bin/env"};
  command.environment = Environment{{"A", "1 2"}, {"B", ""}};
  EXPECT_THAT(run(command).output, ::testing::StartsWith("A=1 2\nB=\nPYTUNE_PROCESS="));
}

TEST_F(Process, ProgramIsLookedUpOnTheGivenPath) {
  sys_test::write(at("bin/mine"), "#!/bin/sh\necho mine\n");
  std::filesystem::permissions(at("bin/mine"), std::filesystem::perms::owner_all);
  Command command;
  command.argv = {"mine"};
  command.environment = Environment{{"PATH", "/nowhere:" + at("bin").string()}};
  EXPECT_EQ(run(command).output, "mine\n");
  command.environment = Environment{{"PATH", "/nowhere"}};
  EXPECT_FALSE(run(command).started);
}

TEST_F(Process, RelativeProgramIsBelowTheWorkingDirectory) {
  sys_test::write(at("tool"), "#!/bin/sh\npwd\n");
  std::filesystem::permissions(at("tool"), std::filesystem::perms::owner_all);
  Command command;
  command.argv = {"./tool"};
  command.cwd = root();
  EXPECT_EQ(run(command).output, std::filesystem::canonical(root()).string() + "\n");
}

TEST_F(Process, StdinIsEmpty) {
  Command command;
  command.argv = {"/bin/cat"};
  command.timeout = 10s;
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Process, ArgumentsReachTheProgramUnchanged) {
  const std::vector<std::string> words = {"a;b", "$HOME", "`id`", "it's", "\"q\"",
                                          "",    " ",     "*",    "a\nb", "\\"};
  Command command;
  command.argv = {"/bin/sh", "-c", "for w; do printf '[%s]' \"$w\"; done", "sh"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  std::string expected;
  for (const auto& word : words) expected += "[" + word + "]";
  EXPECT_EQ(run(command).output, expected);
}

TEST_F(Process, DescriptorsAreInheritedOnlyWhenGiven) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  Command command = shell("test -e /proc/self/fd/" + std::to_string(fd));
  EXPECT_FALSE(run(command).ok());
  command.inherited_fds = {fd};
  EXPECT_TRUE(run(command).ok());
  close(fd);
}

TEST_F(Process, RunsOnTheGivenCpu) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  int cpu = 0;
  while (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) ++cpu;
  Command command = shell("grep Cpus_allowed_list /proc/self/status");
  command.cpus = {cpu};
  EXPECT_EQ(run(command).output, "Cpus_allowed_list:\t" + std::to_string(cpu) + "\n");
}

TEST_F(Process, MeasuresTimeAndMemory) {
  const Outcome outcome = run(shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"));
  EXPECT_GT(outcome.user_seconds + outcome.system_seconds, 0);
  EXPECT_GT(outcome.wall_seconds, 0);
  EXPECT_GT(outcome.max_rss_kib, 0);
}

TEST_F(Process, ShellReadsQuotedWordsBack) {
  const std::vector<std::string> words = {"plain-1.0", "a b", "it's",         "$x",   "`y`",
                                          "",          "\"",  "\\",           "a\nb", "~",
                                          "#",         "&&",  "-DX='\"lib\"'"};
  std::string expected;
  for (const auto& word : words) expected += "[" + word + "]";
  EXPECT_EQ(run(shell("for w in " + shell_quote(words) + "; do printf '[%s]' \"$w\"; done")).output,
            expected);
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
  EXPECT_EQ(shell_quote(std::string("-O3")), "-O3");
  EXPECT_EQ(shell_quote(std::string("")), "''");
  EXPECT_EQ(shell_quote(std::vector<std::string>{"make", "A=b c"}), "make 'A=b c'");
}

TEST(FindProgram, FindsOnlyExecutableFiles) {
  EXPECT_TRUE(find_program("sh").has_value());
  EXPECT_FALSE(find_program("/etc/passwd").has_value());
  EXPECT_FALSE(find_program("/usr/bin").has_value());
  EXPECT_FALSE(find_program("pytune-no-such-program").has_value());
}

// As a supervisor or an init script may start us.
TEST_F(Process, AChildHasNoSignalIgnoredOrBlockedAndAnOrdinaryUmask) {
  const int status = sys_test::in_child([&] {
    sigset_t all;
    sigfillset(&all);
    for (const int signal : {SIGUSR1, SIGUSR2, SIGPIPE, SIGQUIT, SIGTSTP})
      ::signal(signal, SIG_IGN);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    umask(0777);
    const std::string output =
        SystemRunner().run(shell("umask; grep -E '^Sig(Ign|Blk)' /proc/self/status")).output;
    return output == "0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n" ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(Process, AChildWhoseEndCannotBeSeenIsAFailureAndNoEndlessWait) {
  const int status = sys_test::in_child([&] {
    signal(SIGCHLD, SIG_IGN);
    try {
      SystemRunner().run(shell("true"));
    } catch (const Failure&) {
      return 0;
    }
    return 1;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pytune
