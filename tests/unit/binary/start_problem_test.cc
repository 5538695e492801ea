#include "binary/start_problem.h"

#include <gmock/gmock.h>

#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using elf_test::MadeElf;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StartProblems : public sys_test::Scratch {
 protected:
  std::string problem(const std::string& bytes) {
    sys_test::write(at("it"), bytes);
    return start_problem(at("it"), "x86_64");
  }
};

TEST_F(StartProblems, ScriptsSayWhatIsWrongWithTheirFirstLine) {
  EXPECT_EQ(problem(""), "it is empty");
  EXPECT_THAT(problem("#!/no/sh\nexec x\n"), HasSubstr("a script for /no/sh, which is not there"));
  EXPECT_THAT(problem("#! /no/sh -e\n"), HasSubstr("a script for /no/sh, which"));
  EXPECT_THAT(problem("#!/bin/sh\r\nexec x\r\n"),
              AllOf(HasSubstr("carriage return"), HasSubstr("sed -i")));
  EXPECT_THAT(problem("#!/" + std::string(300, 'a') + "\n"),
              HasSubstr("longer than the 255 bytes"));
  EXPECT_THAT(problem("#!\nexec x\n"), HasSubstr("names no program"));
  EXPECT_EQ(problem("#!/bin/sh\nexec x\n"), "");
  EXPECT_THAT(problem("exec /usr/bin/python3 \"$@\"\n"), HasSubstr("a text without #!"));
}

TEST_F(StartProblems, ProgramsOfOtherSystemsAndMachinesAreNamed) {
  EXPECT_EQ(problem("MZ\x90"), "it is a program for Windows");
  EXPECT_EQ(problem("\xcf\xfa\xed\xfe\x07"), "it is a program for macOS");
  EXPECT_EQ(problem("PK\x03\x04"), "it is a zip file");
  EXPECT_EQ(problem(std::string("a\0b", 3)), "");
  MadeElf elf;
  elf.add_code("code");
  elf.machine = EM_AARCH64;
  EXPECT_EQ(problem(elf.write()), "it is for aarch64, and this machine's architecture is x86_64");
  elf.machine = EM_X86_64;
  elf.type = ET_REL;
  EXPECT_THAT(problem(elf.write()), StartsWith("it is an object file"));
}

TEST_F(StartProblems, AMissingLoaderAndAMissingEndAreNamed) {
  MadeElf elf;
  elf.machine = EM_X86_64;
  elf.add_code(std::string(200, 'c'));
  elf.segments.push_back({.type = PT_LOAD, .flags = PF_R | PF_X, .section = 1});
  EXPECT_EQ(problem(elf.write()), "");
  const std::string whole = elf.write();
  EXPECT_THAT(problem(whole.substr(0, 70)), StartsWith("it is "));
  const auto name = elf.add({.name = ".interp", .bytes = std::string("/no/ld-musl.so.1\0", 17)});
  elf.segments.push_back({.type = PT_INTERP, .section = name});
  EXPECT_THAT(problem(elf.write()), HasSubstr("it needs the loader /no/ld-musl.so.1"));
}

TEST_F(StartProblems, WhatIsNoFileIsSaid) {
  EXPECT_EQ(other_than_file("/dev/null"), "a device");
  EXPECT_EQ(other_than_file(at("none")), "");
  EXPECT_EQ(other_than_file(root()), "");
}

}  // namespace
}  // namespace pytune
