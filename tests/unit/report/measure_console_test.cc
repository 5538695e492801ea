#include <gmock/gmock.h>

#include <sstream>

#include "report/console.h"

namespace pytune {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// One interpreter against another on two workloads, of which it ran one.
MeasureResult partly_skipped() {
  MeasureResult result;
  result.suite = "numeric";
  Measurement& all = result.measurement;
  all.arms = {{"first", "the first", {"/bin/first"}, Arm::Role::baseline},
              {"second", "the second", {"/bin/second"}, Arm::Role::candidate}};
  for (Arm& arm : all.arms) {
    arm.interpreter.name = arm.interpreter.python;
    arm.interpreter.implementation = "CPython";
    arm.interpreter.version = "3.13.5";
  }
  all.workloads = {{"gemm", "/gemm.py", "numeric", 2}, {"jacobi", "/jacobi.py", "numeric", 2}};
  all.workloads[1].clock = Clock::wall;
  all.skipped = {{"gemm", "second", "numpy==2.3.4: no wheel for this interpreter"},
                 {"cuda", "first", "no NVIDIA graphics card here"}};
  ArmComparison row;
  row.arm = "second";
  row.speed = row.wall_speed = {1.2, 1.1, 1.3};
  row.verdict = Verdict::faster;
  row.workloads = {{"jacobi", {1.2, 1.1, 1.3}, 5}};
  result.comparison.clock = Clock::cpu;
  result.comparison.baseline = "first";
  result.comparison.rounds = 5;
  result.comparison.arms = {row};
  return result;
}

std::string printed(const MeasureResult& result) {
  std::ostringstream out;
  print_measure(out, result, {.color = false, .width = 100});
  return out.str();
}

TEST(MeasureConsole, ASkippedWorkloadIsARowWithItsReason) {
  EXPECT_THAT(printed(partly_skipped()),
              HasSubstr("\n  gemm   skipped: numpy==2.3.4: no wheel for this interpreter\n"));
}

TEST(MeasureConsole, SaysThatAMeanIsNotOverAllWorkloads) {
  const std::string text = printed(partly_skipped());
  EXPECT_THAT(text, HasSubstr("(95 % interval 1.100-1.300; over 1 of 2 workloads)\n"));
  MeasureResult whole = partly_skipped();
  whole.measurement.workloads.erase(whole.measurement.workloads.begin());
  EXPECT_THAT(printed(whole), Not(HasSubstr("over 1 of")));
}

TEST(MeasureConsole, WhatTheBaselineSkippedIsToldOnce) {
  EXPECT_THAT(printed(partly_skipped()),
              HasSubstr("Not compared: skipped by the baseline, or by all others\n"
                        "  cuda  no NVIDIA graphics card here\n"));
  MeasureResult nothing = partly_skipped();
  nothing.measurement.skipped.clear();
  EXPECT_THAT(printed(nothing), Not(HasSubstr("skipped")));
}

TEST(MeasureConsole, NamesTheClockOfWorkloadsThatHaveTheirOwn) {
  EXPECT_THAT(printed(partly_skipped()), ContainsRegex("jacobi +1.200x .*\\(wall time\\)"));
}

}  // namespace
}  // namespace pytune
