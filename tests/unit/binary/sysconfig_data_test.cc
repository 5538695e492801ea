#include "binary/sysconfig_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "package/scrub_flags.h"
#include "sys/error.h"
#include "unit/package/fake_prefix.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

TEST(SysconfigDataTest, ReadsWhatPprintWrites) {
  const auto variables = parse_sysconfig_data(
      "# comment\nbuild_time_vars = {'A': 'one '\n      'two',\n 'B': -3,\n 'C': \"it's\",\n 'D': "
      "'a\\n\\'\\\\\\x41\\u00e9',\n 'E': ''}\n");
  EXPECT_EQ(text_of(variables, "A"), "one two");
  EXPECT_EQ(std::get<std::int64_t>(variables.at("B")), -3);
  EXPECT_EQ(text_of(variables, "C"), "it's");
  EXPECT_EQ(text_of(variables, "D"), "a\n'\\A\u00e9");
  EXPECT_EQ(text_of(variables, "E"), "");
  EXPECT_EQ(text_of(variables, "B"), "");
  EXPECT_EQ(text_of(variables, "missing"), "");
}

TEST(SysconfigDataTest, WhatItWritesItReads) {
  const SysconfigVariables variables = {
      {"quote", "it's \"x\" \\ \t\n\x01 é"}, {"number", std::int64_t{42}}, {"empty", ""}};
  EXPECT_EQ(parse_sysconfig_data(write_sysconfig_data(variables, "/opt/python")), variables);
}

TEST(SysconfigDataTest, AnythingElseIsAFailure) {
  for (const char* text : {"", "build_time_vars = ", "build_time_vars = {",
                           "build_time_vars = {'a'", "build_time_vars = {'a': ",
                           "build_time_vars = {'a': 'b", "build_time_vars = {'a': 'b' 'c': 1}",
                           "build_time_vars = {'a': 1.5.}", "build_time_vars = {'a': None}",
                           "build_time_vars = {'a': '\\", "build_time_vars = {'a': '\\x4'}",
                           "build_time_vars = {'a': f()}", "build_time_vars = {1: 2}"})
    EXPECT_THROW(parse_sysconfig_data(text), Failure) << text;
}

// The block at the end of the file is Python: any interpreter will do.
TEST(SysconfigDataTest, PathsFollowTheFile) {
  const auto python = find_program("python3");
  if (!python) GTEST_SKIP() << "no python3 on PATH";
  const TemporaryDirectory temporary(fs::temp_directory_path(), "sysconfig_test");
  const fs::path root = fs::canonical(temporary.path()) / "a b";
  const SysconfigVariables variables = {{"LIBDIR", "/opt/python/lib"},
                                        {"prefix", "/opt/python"},
                                        {"OTHER", "/opt/python3/lib:/opt/python"},
                                        {"FLAGS", "-L/opt/python/lib '--prefix=/opt/python'"},
                                        {"N", std::int64_t{1}}};
  put(root / "lib/python3.13/_data.py", write_sysconfig_data(variables, "/opt/python"));
  SystemRunner runner;
  const std::string code =
      "import sys; sys.path.insert(0, sys.argv[1]); from _data import build_time_vars as v\n"
      "print(v['LIBDIR'], v['prefix'], v['OTHER'], v['FLAGS'], v['N'], sep='|')";
  Command command;
  command.argv = {python->string(), "-I", "-B", "-c", code, (root / "lib/python3.13").string()};
  const Outcome outcome = runner.run(command);
  const std::string r = root.string();
  EXPECT_EQ(outcome.output, r + "/lib|" + r + "|/opt/python3/lib:" + r + "|-L" + r +
                                "/lib '--prefix=" + r + "'|1\n");
}

struct Case {
  const char* name;
  const char* before;
  const char* after;
};

TEST(ScrubberTest, ExtensionBuildersGetPlainFlags) {
  const Scrubber scrubber({"/made/slot/build/", "/made/slot/build/../src", "/"}, "/opt/python");
  for (const auto& [name, before, after] : std::initializer_list<Case>{
           {"CC", "gcc-12 -pthread", "cc -pthread"},
           {"CC", "ccache /usr/lib/llvm-19/bin/clang --target=aarch64-linux-gnu", "cc"},
           {"CXX", "clang++-19", "c++"},
           {"CC",
            "/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=../sysroot -B../sysroot/usr/lib -isystem "
            "=/usr/include -pthread",
            "cc -pthread"},
           {"READELF", "aarch64-linux-gnu-readelf", "readelf"},
           {"CPPFLAGS", "-I. -I../sysroot/usr/include/ncursesw", "-I."},
           {"CONFIG_ARGS",
            "'--prefix=/opt/python' '--build=x86_64-linux-gnu' '--host=aarch64-linux-gnu' "
            "'--with-build-python=../native/bin/python3.13' '--disable-shared' 'CC=gcc'",
            "'--prefix=/opt/python' '--disable-shared'"},
           {"CC", "", ""},
           {"AR", "gcc-ar-12", "ar"},
           {"LDSHARED",
            "clang-19 -shared -fuse-ld=lld -flto=thin -Wl,-rpath,$ORIGIN/../lib -Wl,-z,relro",
            "cc -shared -Wl,-z,relro"},
           {"LDSHARED", "$(CC) -shared", "$(CC) -shared"},
           {"OPT", "-DNDEBUG -g -O3 -Wall", "-DNDEBUG -O2 -Wall"},
           {"CFLAGS",
            "-O3 -fno-strict-overflow -march=armv8.2-a -mcpu=neoverse-n1 -mtune=native -Os -mllvm "
            "-x=1 -W",
            "-O2 -fno-strict-overflow -W"},
           {"PY_CFLAGS_NODIST",
            "-fprofile-use -fprofile-correction -fprofile-instr-use=/x -fno-semantic-interposition "
            "-std=c11",
            "-std=c11"},
           {"CFLAGS",
            "-fPIC -fwrapv -fstack-protector-strong -mbranch-protection=standard -fcf-protection",
            "-fPIC -fwrapv -fstack-protector-strong -mbranch-protection=standard -fcf-protection"},
           {"LINKFORSHARED", "-Xlinker -export-dynamic -pie", "-Xlinker -export-dynamic"},
           {"LDFLAGS", "-Wl,--emit-relocs -Wl,-plugin-opt=x -L/opt/python/lib -L/usr/lib",
            "-L/usr/lib"},
           {"CPPFLAGS", "-I/made/slot/src/Include -I/made/slot/source -DX='a b'",
            "-I/made/slot/source -DX='a b'"},
           {"CONFIG_ARGS",
            "'--prefix=/opt/python' 'CC=gcc-12' '--with-x=/made/slot/src' 'CFLAGS_NODIST=-O3 "
            "-flto'",
            "'--prefix=/opt/python'"},
           {"PGO_PROF_USE_FLAG", "-fprofile-use", ""},
           {"LLVM_PROF_MERGER", "/usr/bin/llvm-profdata merge", ""},
           {"abs_builddir", "/made/slot/build", "/build"},
           {"abs_srcdir", "/made/slot/build/../src", "/build"},
           {"X", "/made/slot/builder /x/made/slot/build /made/slot/src/y",
            "/made/slot/builder /x/made/slot/build /build/y"},
           {"INSTALL_SHARED", "/usr/bin/install -c -m 755", "/usr/bin/install -c -m 755"},
           {"TESTRUNNER", "./python -E  -m test", "./python -E  -m test"},
           {"CFLAGS", "-O2  -Wall", "-O2  -Wall"},
           {"MULTIARCH_CPPFLAGS", "-DMULTIARCH=\\\"x86_64-linux-gnu\\\"",
            "-DMULTIARCH=\\\"x86_64-linux-gnu\\\""},
       })
    EXPECT_EQ(scrubber.value(name, before), after) << name << "=" << before;
}

TEST(SysconfigData, IsReadFromJsonAsWell) {
  const auto variables = parse_sysconfig_json(
      R"({"CONFIG_ARGS": "'--with-lto'", "HAVE_X": 1, "none": null, "list": []})");
  EXPECT_EQ(text_of(variables, "CONFIG_ARGS"), "'--with-lto'");
  EXPECT_EQ(variables.size(), 2U);
  EXPECT_THROW(parse_sysconfig_json("[]"), Failure);
  EXPECT_THROW(parse_sysconfig_json("{"), Failure);
}

}  // namespace
}  // namespace pytune
