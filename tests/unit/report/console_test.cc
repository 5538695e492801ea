#include "report/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "report/text.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string printed(const SweepResult& result, int width = 100, bool utf8 = true,
                    bool color = false) {
  const test::ScopedVariable locale("LC_ALL", utf8 ? "C.UTF-8" : "C");
  std::ostringstream out;
  print_result(out, result, {.color = color, .width = width});
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

SweepResult everything() {
  SweepResult result = test::sample_result();
  test::add_slower_build(result);
  test::add_unclear_build(result);
  test::add_failed_build(result);
  test::add_dropped_points(result);
  return result;
}

TEST(ReportConsole, Winner) {
  const std::string text = printed(test::sample_result());
  EXPECT_THAT(
      text,
      StartsWith("Recommended (measured): gcc-12 O3 pgo=training lto=full no-pie: 1.310x faster "
                 "than the baseline (95 % interval 1.290-1.330), confirmed on fresh rounds\n"));
  test::expect_golden("console-winner.txt", text);
}

TEST(ReportConsole, SaysWhatTestsTheRecommendedBuildPassed) {
  SweepResult result = test::sample_result();
  EXPECT_THAT(printed(result), Not(HasSubstr("own tests")));
  TestedBuild tested;
  tested.build = result.recommendation.arm;
  tested.files = 82;
  tested.ran = 4100;
  result.tests = {tested};
  EXPECT_THAT(printed(result), HasSubstr("\nCPython's own tests: 4100 in 82 files, none fails\n"));
  result.tests[0].failing = {"test_x (test.test_y.C.test_x)"};
  EXPECT_THAT(printed(result), HasSubstr("82 files, 1 fail, as on the baseline\n"));
}

TEST(ReportConsole, CountsAreNoSpeed) {
  SweepResult result = everything();
  result.target = "neoverse-n1";
  result.race.clock = Clock::instructions;
  if (result.confirm) result.confirm->clock = Clock::instructions;
  const std::string text = printed(result);
  EXPECT_THAT(text, StartsWith("Recommended (counted): gcc-12 O3 pgo=training lto=full no-pie: "
                               "1.310x fewer instructions than the baseline "));
  EXPECT_THAT(text, HasSubstr("For neoverse-n1, under an emulator."));
  EXPECT_THAT(text, HasSubstr("Builds by instructions executed (counted, simultaneous"));
  for (const char* word : {"faster", "by speed", "CPU time", "this machine's own"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(ReportConsole, WinnerByItsRebuilds) {
  SweepResult result = test::sample_result();
  test::add_rebuilds(result);
  test::expect_golden("console-rebuilds.txt", printed(result));
}

TEST(ReportConsole, NumericColumnAndNetworks) {
  SweepResult result = test::sample_result();
  test::add_numeric(result);
  test::expect_golden("console-numeric.txt", printed(result));
}

TEST(ReportConsole, AnInterpreterWithoutBf16mmIsSkippedOnceAndWhatFailedIsAWarning) {
  SweepResult result = test::sample_result();
  test::add_numeric(result);
  const std::string system = result.measurement.arms.back().id;
  for (const char* workload : {"gpt2_fp32", "gpt2_bf16"})
    result.numeric->measurement.skipped.push_back({workload, system, "no Python.h"});
  result.numeric->measurement.notes = {"workload bert_bf16 left out: it crashed"};
  const std::string text = printed(result);
  EXPECT_THAT(text, HasSubstr("Skipped (1)\n  numeric on "));
  EXPECT_THAT(text, HasSubstr("no Python.h"));
  EXPECT_THAT(text, HasSubstr("! workload bert_bf16 left out: it crashed"));
}

TEST(ReportConsole, NetworksThatWereCountedAreNotFaster) {
  SweepResult result = test::sample_result();
  test::add_numeric(result);
  result.race.clock = result.confirm->clock = result.numeric->comparison.clock =
      Clock::instructions;
  const std::string text = printed(result);
  EXPECT_THAT(text, HasSubstr("Networks in bf16 against float32 (counted, 95 % intervals)"));
  EXPECT_THAT(text, HasSubstr("numeric 1.031x 1.027-1.035 fewer"));
  EXPECT_THAT(text, Not(HasSubstr("faster")));
}

TEST(ReportConsole, WinnerByItsLayoutAlone) {
  SweepResult result = test::sample_result();
  test::add_rebuilds(result);
  result.rebuilds->comparison->speed = {1.01, 0.98, 1.04};
  result.rebuilds->comparison->verdict = Verdict::cannot_tell;
  result.recommendation = {};
  EXPECT_THAT(printed(result),
              HasSubstr("(the fastest, gcc-12 O3 pgo=training lto=full no-pie, did not hold up: "
                        "built anew 3 times it came to 1.010x the speed of the baseline built "
                        "anew, 95 % interval 0.980-1.040, so its lead may be an accident of code "
                        "layout)"));
}

TEST(ReportConsole, ABaselineThatIsCalledSoIsNamedOnce) {
  SweepResult result = test::sample_result();
  test::take_winner_away(result);
  for (Arm& arm : result.measurement.arms)
    if (arm.id == result.baseline_build) arm.label = "baseline";
  EXPECT_THAT(printed(result), StartsWith("No significant winner (measured): keep the baseline ("));
}

TEST(ReportConsole, NoWinner) {
  SweepResult result = test::sample_result();
  test::take_winner_away(result);
  const std::string text = printed(result);
  EXPECT_THAT(text, StartsWith("No significant winner (measured): keep the baseline gcc-12 O2 ("));
  test::expect_golden("console-no-winner.txt", text);
}

TEST(ReportConsole, RegressionsAndClocksThatDisagree) {
  SweepResult result = test::sample_result();
  test::add_slower_build(result);
  test::expect_golden("console-regressions.txt", printed(result));
}

TEST(ReportConsole, CannotTell) {
  SweepResult result = test::sample_result();
  test::take_winner_away(result);
  test::add_unclear_build(result);
  const std::string text = printed(result);
  EXPECT_THAT(text, HasSubstr("needs about 12 more minutes"));
  test::expect_golden("console-cannot-tell.txt", text);
}

TEST(ReportConsole, FailedAndDropped) {
  SweepResult result = test::sample_result();
  test::add_failed_build(result);
  test::add_dropped_points(result);
  test::expect_golden("console-failed.txt", printed(result));
}

TEST(ReportConsole, EightyColumnsInAscii) {
  const std::string text = printed(everything(), 80, false);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << text;
  test::expect_golden("console-80-ascii.txt", text);
}

// The headline alone is one line whatever its length, and what is to be pasted.
TEST(ReportConsole, FitsTheTerminal) {
  for (const int width : {80, 100, 120}) {
    const auto lines = lines_of(printed(everything(), width));
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].starts_with("export ") || lines[i].starts_with("./configure ")) continue;
      EXPECT_LE(display_width(lines[i]), static_cast<std::size_t>(width)) << lines[i];
    }
  }
}

TEST(ReportConsole, ColorOnlyWhenAsked) {
  EXPECT_THAT(printed(everything()), Not(HasSubstr("\x1b")));
  const std::string colored = printed(everything(), 100, true, true);
  EXPECT_THAT(colored, HasSubstr("\x1b[32mfaster"));
  EXPECT_THAT(colored, HasSubstr("\x1b[31mslower"));
}

// Colour must not shift columns: the escapes are the only difference.
TEST(ReportConsole, ColorDoesNotMoveAnything) {
  std::string colored = printed(everything(), 100, true, true);
  for (std::size_t at = 0; (at = colored.find('\x1b')) != std::string::npos;)
    colored.erase(at, colored.find('m', at) - at + 1);
  EXPECT_EQ(colored, printed(everything()));
}

TEST(ReportConsole, LogLinesCannotSteerTheTerminal) {
  SweepResult result = everything();
  Build& failed = test::build_of(result, test::kFailed);
  failed.failure->message = "error: \x1b[2J\x1b]0;title\x07 \xff end";
  failed.name = "two\nlines";
  result.warnings.emplace_back("bell\x07");
  for (const char c : printed(result))
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ');
}

TEST(ReportConsole, NamesTheFunctionsThatTheProfileDidNotFit) {
  SweepResult result = test::sample_result();
  test::build_of(result, test::kWinner).unprofiled_functions = {"frame_setlineno", "os_wait4"};
  const std::string text = printed(result, 200);
  EXPECT_THAT(text, HasSubstr("the profile did not fit frame_setlineno, os_wait4, which was "));
  EXPECT_THAT(text, HasSubstr("train with the same flags"));
  EXPECT_THAT(printed(test::sample_result(), 200), Not(HasSubstr("the profile did not fit")));
}

TEST(ReportConsole, UnconfirmedWinnerSaysSo) {
  SweepResult result = test::sample_result();
  result.confirm.reset();
  result.recommendation.confirmed = false;
  EXPECT_THAT(lines_of(printed(result))[0], HasSubstr("not confirmed on fresh rounds"));
}

TEST(ReportConsole, WinnerThatDidNotHoldUp) {
  SweepResult result = test::sample_result();
  result.confirm->arms[0].speed = {1.003, 0.99, 1.016};
  result.recommendation = {};
  result.recommendation.arm = test::kBaseline;
  EXPECT_THAT(lines_of(printed(result))[0],
              HasSubstr("did not hold up: on fresh rounds it came to 1.003x its speed, 95 % "
                        "interval 0.990-1.016"));
}

TEST(ReportConsole, SaysWhatWasSkippedAndWhy) {
  SweepResult result = test::sample_result();
  EXPECT_THAT(printed(result), Not(HasSubstr("Skipped")));
  result.measurement.skipped = {{"gemm", test::kBaseline, "numpy==2.3.4: no wheel"}};
  EXPECT_THAT(printed(result),
              HasSubstr("Skipped (1)\n  gemm on gcc-12 O2: numpy==2.3.4: no wheel\n"));
}

TEST(ReportConsole, SurvivesAnEmptyResult) {
  EXPECT_THAT(printed(SweepResult()), StartsWith("No significant winner"));
}

TEST(ReportConsole, ExitStatus) {
  SweepResult result = test::sample_result();
  EXPECT_EQ(exit_status_of(result), 0);
  result.recommendation.significant = false;
  EXPECT_EQ(exit_status_of(result), 3);
}

TEST(ReportText, TimeToTell) {
  EXPECT_EQ(time_to_tell(0.2), "needs about 1 more minute");
  EXPECT_EQ(time_to_tell(11.4), "needs about 12 more minutes");
  EXPECT_EQ(time_to_tell(252), "needs about 252 more minutes (4.2 hours)");
  EXPECT_EQ(time_to_tell(INFINITY), time_to_tell(0));
}

TEST(ReportText, Bar) {
  EXPECT_EQ(bar(0.5, 4, true), "██  ");
  EXPECT_EQ(bar(0.53125, 4, true), "██▏ ");
  EXPECT_EQ(bar(0.5, 4, false), "##  ");
  EXPECT_EQ(bar(7, 2, false), "##");
  EXPECT_EQ(bar(NAN, 2, false), "  ");
}

TEST(ReportText, WrapKeepsLongWords) {
  EXPECT_THAT(wrap("a bb ccccccc d", 4), testing::ElementsAre("a bb", "ccccccc", "d"));
  EXPECT_THAT(wrap("", 4), testing::ElementsAre(""));
}

TEST(ReportText, LocaleInPosixOrder) {
  const test::ScopedVariable all("LC_ALL", std::nullopt);
  const test::ScopedVariable type("LC_CTYPE", "");
  const test::ScopedVariable lang("LANG", "de_DE.utf8");
  EXPECT_TRUE(terminal_is_utf8());
  const test::ScopedVariable over("LC_ALL", "C");
  EXPECT_FALSE(terminal_is_utf8());
}

}  // namespace
}  // namespace pytune
