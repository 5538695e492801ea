// One file because native and cross toolchains are probed alike, over the same fakes.
#include "toolchain/toolchain.h"

#include <gmock/gmock.h>

#include <csignal>

#include "sys/host.h"
#include "toolchain/flags.h"
#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using toolchain_test::FakeCompilers;
using toolchain_test::OnlyOnPath;
using toolchain_test::says;

class Toolchains : public sys_test::Scratch {
 protected:
  const Toolchain* probe(const std::string& name) { return probe_.probe(name, reason_); }

  FakeCompilers runner_;
  ToolchainProbe probe_{runner_};
  std::string reason_;
};

TEST_F(Toolchains, GccIsExamined) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "gcc-ar-12", "gcc-ranlib-12", "cc1", "as", "ld",
                                    "llvm-bolt-19", "merge-fdata-19"});
  const Toolchain* t = probe("gcc-12");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->name, "gcc-12");
  EXPECT_EQ(t->family, CompilerFamily::gcc);
  EXPECT_EQ(t->path, at("bin/gcc-12"));
  EXPECT_EQ(t->version, "12.2.0");
  EXPECT_EQ(t->version_text, "gcc (Debian) 12.2.0");
  EXPECT_EQ(t->triple, "x86_64-linux-gnu");
  EXPECT_EQ(t->architecture, "x86_64");
  EXPECT_EQ(t->ar, at("bin/gcc-ar-12"));
  EXPECT_EQ(t->ranlib, at("bin/gcc-ranlib-12"));
  EXPECT_EQ(t->bolt, at("bin/llvm-bolt-19").string());
  std::vector<std::string> tools;
  for (const auto& tool : t->tools) tools.push_back(tool.name);
  EXPECT_THAT(tools, ElementsAre("gcc-12", "cc1", "as", "ld"));
  EXPECT_EQ(t->tools[1].sha256, sha256("#!cc1"));
}

TEST_F(Toolchains, ClangIsExamined) {
  const OnlyOnPath path(at("bin"),
                        {"clang-19", "llvm-ar-19", "llvm-ranlib-19", "llvm-profdata-19"});
  const Toolchain* t = probe("clang-19");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->family, CompilerFamily::clang);
  EXPECT_EQ(t->version, "19.1.7");
  EXPECT_EQ(t->profdata, at("bin/llvm-profdata-19").string());
  EXPECT_EQ(t->ar, at("bin/llvm-ar-19"));
  EXPECT_EQ(t->bolt, std::nullopt);
}

TEST_F(Toolchains, IdentityFollowsTheBytesOfEveryTool) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "cc1"});
  const std::string before = probe("gcc-12")->identity;
  EXPECT_EQ(ToolchainProbe(runner_).probe("gcc-12", reason_)->identity, before);
  std::ofstream(at("bin/cc1")) << "another code generator";
  EXPECT_NE(ToolchainProbe(runner_).probe("gcc-12", reason_)->identity, before);
}

TEST_F(Toolchains, PlainNameBecomesTheCanonicalOneWhereItIsTheSameProgram) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  fs::create_symlink("gcc-12", at("bin/gcc"));
  ASSERT_NE(probe("gcc"), nullptr);
  EXPECT_EQ(probe("gcc")->name, "gcc-12");
}

TEST_F(Toolchains, ResolvedNameAlwaysLeadsBackToTheSameCompiler) {
  const OnlyOnPath path(at("bin"), {"gcc"});
  Configuration configuration;
  ASSERT_EQ(resolve(configuration, probe_), std::nullopt);
  const Toolchain* t = probe(configuration.get<Compiler>());
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->path, at("bin/gcc"));
}

TEST_F(Toolchains, NativeIsTheCompilersOwnNameWhereItIsOlderThanTheCpu) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "clang-19"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    const auto has = [&](const char* word) {
      return std::find(argv.begin(), argv.end(), word) != argv.end();
    };
    if (has("--help=target"))
      return says(
          "The following options are target specific:\n  -m64    [enabled]\n"
          "  -march=                     \t\thaswell\n  -mtune=  \tznver3\n");
    if (has("-###")) return says("clang\n \"-cc1\" \"-target-cpu\" \"haswell\" \"-x\"\n");
    if (has(("-march=" + host_cpu().name).c_str()))
      return says("error: bad value for '-march='\n", 1);
    return std::nullopt;
  };
  for (const char* compiler : {"gcc-12", "clang-19"}) {
    EXPECT_EQ(probe_.native_name(*probe(compiler)), "haswell");
    Configuration configuration;
    set_value(configuration, "compiler", compiler);
    set_value(configuration, "cpu", "native");
    if (probe(compiler)->architecture != read_host().architecture) continue;
    EXPECT_EQ(resolve(configuration, probe_), std::nullopt);
    EXPECT_THAT(configuration.get<Cpu>(), StartsWith("haswell"));
  }
  runner_.answer = [](const auto&) { return says("nothing of use\n"); };
  EXPECT_EQ(probe_.native_name(*probe("gcc-12")), std::nullopt);
}

TEST_F(Toolchains, PathStaysAPath) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  ASSERT_NE(probe(at("bin/gcc-12")), nullptr);
  EXPECT_EQ(probe(at("bin/gcc-12"))->name, at("bin/gcc-12"));
}

TEST_F(Toolchains, MissingCompilerSaysHowToInstallIt) {
  const OnlyOnPath path(at("bin"), {});
  EXPECT_EQ(probe("gcc-12"), nullptr);
  EXPECT_EQ(reason_, "gcc-12 is not installed; on Debian: apt-get install gcc-12");
  EXPECT_EQ(probe("/no/gcc"), nullptr);
  EXPECT_EQ(reason_, "/no/gcc: not an executable file");
  EXPECT_THAT(runner_.asked, IsEmpty());
}

TEST_F(Toolchains, AClangWhoseBannerSaysOtherwiseIsAClang) {
  const OnlyOnPath path(at("bin"), {"armclang", "llvm-profdata"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv[1] == "--version") return says("Arm C/C++/Fortran Compiler version 24.04\n");
    if (argv[1] == "-dM") return says(toolchain_test::macros_of(true, "18"));
    if (argv[1] == "-dumpfullversion") return says("armclang: error: unknown argument\n", 1);
    return std::nullopt;
  };
  const Toolchain* t = probe("armclang");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->family, CompilerFamily::clang);
  EXPECT_EQ(t->version, "18.1.7");
  EXPECT_EQ(t->version_text, "Arm C/C++/Fortran Compiler version 24.04");
  EXPECT_EQ(t->name, at("bin/armclang"));
  EXPECT_EQ(t->profdata, at("bin/llvm-profdata").string());
}

TEST_F(Toolchains, AGreetingBeforeAnAnswerIsNoAnswer) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "cc1"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv[1] == "-dumpmachine") return says("ACME toolchain 1\nx86_64-acme-linux-gnu\n");
    if (argv[1] == "-print-prog-name=cc1") return says("ACME toolchain 1\ncc1\n\n");
    return std::nullopt;
  };
  const Toolchain* t = probe("gcc-12");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->triple, "x86_64-acme-linux-gnu");
  EXPECT_EQ(t->tools[1].name, "cc1");
}

TEST_F(Toolchains, OneThatDoesNotStartSaysWhy) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  sys_test::write(at("bin/gcc-12"), "#!/no/sh\n");
  runner_.answer = [](const auto&) {
    Outcome outcome;
    outcome.started = false;
    outcome.start_error = "cannot run it: No such file or directory";
    return outcome;
  };
  EXPECT_EQ(probe("gcc-12"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("it is a script for /no/sh, which is not there"));
}

TEST_F(Toolchains, WhatCPythonTakesForGrantedIsTried) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv[0] == "./trial") return says("sums of floats are reordered\n", 1);
    return std::nullopt;
  };
  const Toolchain* t = probe("gcc-12");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(probe_.premises_trial(*t, {}), "sums of floats are reordered");
  Configuration configuration;
  set_value(configuration, "compiler", "gcc-12");
  EXPECT_EQ(impossible(configuration, *t, probe_),
            "gcc-12 cannot build CPython: sums of floats are reordered");
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    Outcome outcome;
    outcome.signal = argv[0] == "./trial" ? SIGSEGV : 0;  // gcc -shared
    return argv[0] == "./trial" ? std::optional(outcome) : std::nullopt;
  };
  EXPECT_THAT(probe_.premises_trial(*t, {"-shared"}).value_or(""),
              HasSubstr("what it makes does not run here: killed by signal 11"));
  ToolchainProbe crossing(runner_, {"x86_64-linux-gnu", ""});
  EXPECT_EQ(crossing.premises_trial(*t, {}), std::nullopt);
}

TEST_F(Toolchains, ALinkerThatIsNotThereIsNamedWithItsPackage) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (std::find(argv.begin(), argv.end(), "-fuse-ld=lld") == argv.end()) return std::nullopt;
    return says("collect2: fatal error: cannot find 'ld'\n", 1);
  };
  Configuration configuration;
  set_value(configuration, "compiler", "gcc-12");
  set_value(configuration, "linker", "lld");
  EXPECT_EQ(impossible(configuration, *probe("gcc-12"), probe_),
            "gcc-12 cannot link by -fuse-ld=lld: cannot find 'ld'; on Debian: apt-get install lld");
}

TEST_F(Toolchains, AStrangerIsRefusedByWhatItIs) {
  const OnlyOnPath path(at("bin"), {"nvc"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv[1] == "-dM")
      return says(toolchain_test::macros_of(false, "12", "#define __NVCOMPILER 1\n"));
    return std::nullopt;
  };
  EXPECT_EQ(probe("nvc"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("bin/nvc: is NVIDIA's nvc, which has neither"));
}

TEST_F(Toolchains, WhatListsNoMacrosIsShownByItsBanner) {
  const OnlyOnPath path(at("bin"), {"cc"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv[1] == "-dM") return says("cc: ERROR: unknown switch -dM\nusage: cc\n", 2);
    if (argv[1] == "--version") return says("Some Compiler 7\x1b[31m\n");
    return std::nullopt;
  };
  EXPECT_EQ(probe("cc"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("it calls itself \"Some Compiler 7"));
  EXPECT_THAT(reason_, ::testing::Not(HasSubstr("\x1b")));
}

TEST_F(Toolchains, WordsGoWithEveryCall) {
  const OnlyOnPath path(at("bin"), {"zig"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    EXPECT_EQ(argv[1], "cc");
    if (argv[2] == "-dM") return says(toolchain_test::macros_of(true, "18"));
    if (argv[2] == "-dumpmachine") return says("x86_64-unknown-linux-gnu\n");
    return std::nullopt;
  };
  const Toolchain* t = probe("zig cc");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->name, at("bin/zig").string() + " cc");
  EXPECT_THAT(t->call({"-c"}), ElementsAre(at("bin/zig").string(), "cc", "-c"));
  EXPECT_EQ(probe(t->name)->identity, t->identity);
  probe_.trial(*t, {"-fx"});
  EXPECT_THAT(runner_.asked.back(), Contains("-fx"));
}

TEST_F(Toolchains, ALauncherBeforeACompilerChangesNothing) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "ccache"});
  ASSERT_NE(probe("ccache gcc-12"), nullptr) << reason_;
  EXPECT_EQ(probe("ccache gcc-12")->name, "gcc-12");
  EXPECT_EQ(probe("ccache gcc-12")->identity, probe("gcc-12")->identity);
}

TEST_F(Toolchains, ToolsOfAPrefixedCompilerAreThoseOfThePrefix) {
  const std::string prefix = "x86_64-conda-linux-gnu-";
  const OnlyOnPath path(at("elsewhere"), {"gcc-ar-12", "gcc-ar", "strip"});
  for (const char* name : {"cc", "gcc-ar", "gcc-nm", "strip"}) {
    sys_test::write(at("conda/" + prefix + name), "x");
    fs::permissions(at("conda/" + prefix + name), fs::perms::owner_all);
  }
  const Toolchain* t = probe(at("conda/" + prefix + "cc"));
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->ar, at("conda/" + prefix + "gcc-ar"));
  EXPECT_EQ(t->nm, at("conda/" + prefix + "gcc-nm"));
  EXPECT_EQ(t->strip, at("conda/" + prefix + "strip"));
}

TEST_F(Toolchains, AToolOfAnotherVersionIsNotTaken) {
  const OnlyOnPath path(at("bin"), {"clang-19", "llvm-ar-18", "llvm-profdata-18", "llvm-ar"});
  const Toolchain* t = probe("clang-19");
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->profdata, std::nullopt);
}

TEST_F(Toolchains, ToolsThatDoNotFitAreNamedWithWhatTheySay) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "clang-19", "gcc-ar-12", "llvm-profdata-19",
                                    "llvm-bolt-14", "merge-fdata-14"});
  const auto reason = [&](const std::string& compiler, const char* axis, const char* value,
                          const std::string& program, const std::string& word) {
    runner_.answer = [program, word](const auto& argv) -> std::optional<Outcome> {
      const bool it = fs::path(argv.front()).filename() == program &&
                      std::find(argv.begin(), argv.end(), word) != argv.end();
      return it ? std::optional(says("error: does not fit\n", 1)) : std::nullopt;
    };
    ToolchainProbe fresh(runner_);
    Configuration configuration;
    set_value(configuration, "compiler", compiler);
    set_value(configuration, "pie", "no-pie");
    set_value(configuration, axis, value);
    std::string unused;
    return impossible(configuration, *fresh.probe(compiler, unused), fresh).value_or("possible");
  };
  EXPECT_THAT(
      reason("gcc-12", "lto", "full", "gcc-ar-12", "rcs"),
      AllOf(HasSubstr("gcc-ar-12 makes of gcc-12's LTO objects does not link: does not fit"),
            HasSubstr("gcc-ar of the same version")));
  if (read_host().architecture == "x86_64") {  // what counts is run where it can
    EXPECT_THAT(reason("clang-19", "pgo", "training", "llvm-profdata-19", "merge"),
                AllOf(HasSubstr("llvm-profdata-19 cannot merge its profiles: does not fit"),
                      HasSubstr("llvm-19")));
  }
  EXPECT_THAT(reason("gcc-12", "bolt", "on", "llvm-bolt-14", "-reorder-functions=cdsort"),
              AllOf(HasSubstr("llvm-bolt-14 cannot do it: does not fit"), HasSubstr("bolt-19")));
  EXPECT_THAT(reason("gcc-12", "opt", "O2", "gcc-12", "-std=c11"),
              HasSubstr("does not compile C11, in which CPython is written: does not fit"));
  EXPECT_EQ(reason("gcc-12", "bolt", "on", "none", ""), "possible");
}

TEST_F(Toolchains, ACompilerElsewhereIsAskedForByItsPath) {
  const OnlyOnPath path(at("bin"), {});
  EXPECT_EQ(probe("icx"), nullptr);
  EXPECT_EQ(reason_, "icx is not on PATH; if it is installed elsewhere, give its path");
}

TEST_F(Toolchains, GarbageAnswersAreRefused) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "gcc-11", "gcc-10"});
  runner_.answer = [](const auto&) { return says("\x01\x02 hello\n"); };
  EXPECT_EQ(probe("gcc-12"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("does not answer like gcc or clang"));
  runner_.answer = [](const auto&) { return says(""); };
  EXPECT_EQ(probe("gcc-11"), nullptr);
  runner_.answer = [](const auto&) { return says("broken", 1); };
  EXPECT_EQ(probe("gcc-10"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("gcc-10: does not list its macros as gcc and clang do"));
}

TEST_F(Toolchains, ProbeIsRemembered) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  probe("gcc-12");
  const auto asked = runner_.asked.size();
  probe("gcc-12");
  EXPECT_EQ(runner_.asked.size(), asked);
}

TEST_F(Toolchains, DiscoveryListsVersionsNewestFirst) {
  const OnlyOnPath path(at("bin"), {"gcc-9", "gcc-12", "gcc-ar-12", "gcc-13", "clang-19",
                                    "clang-format-19", "gcc-12345"});
  std::ofstream(at("bin/gcc-14")) << "not executable";
  EXPECT_THAT(probe_.discover(CompilerFamily::gcc), ElementsAre("gcc-13", "gcc-12", "gcc-9"));
  EXPECT_THAT(probe_.discover(CompilerFamily::clang), ElementsAre("clang-19"));
}

TEST_F(Toolchains, DiscoveryFallsBackToThePlainName) {
  const OnlyOnPath path(at("bin"), {"gcc"});
  EXPECT_THAT(probe_.discover(CompilerFamily::gcc), ElementsAre("gcc"));
  EXPECT_THAT(probe_.discover(CompilerFamily::clang), IsEmpty());
}

TEST_F(Toolchains, TrialGivesTheFirstComplaintAndIsRemembered) {
  Toolchain t;
  t.path = "/usr/bin/gcc-12";
  runner_.answer = [](const auto&) {
    return says("cc1: warning: x\ngcc: error: unrecognized option '-fx'\ngcc: error: more\n", 1);
  };
  EXPECT_EQ(probe_.trial(t, {"-fx"}), "unrecognized option '-fx'");
  EXPECT_EQ(probe_.trial(t, {"-fx"}), "unrecognized option '-fx'");
  EXPECT_EQ(runner_.asked.size(), 1U);
  runner_.answer = [](const auto&) {
    return says("llvm-bolt: Unknown command line argument '-x'.\nllvm-bolt: Did you mean y?\n", 1);
  };
  EXPECT_EQ(probe_.trial(t, {"-fu"}), "llvm-bolt: Unknown command line argument '-x'.");
  runner_.answer = [](const auto&) {
    return says("BOLT-INFO: BOLT version: <unknown>\nBOLT-ERROR: no relocations\n", 1);
  };
  EXPECT_EQ(probe_.trial(t, {"-fv"}), "BOLT-ERROR: no relocations");
  runner_.answer = [](const auto&) {
    Outcome crashed = says("BOLT-INFO: BOLT version: <unknown>\n");
    crashed.signal = 11;
    return crashed;
  };
  EXPECT_THAT(probe_.trial(t, {"-fw"}).value_or(""), HasSubstr("signal 11"));
  runner_.answer = [](const auto&) { return says("", 4); };
  EXPECT_EQ(probe_.trial(t, {"-fy"}), "exit status 4");
  runner_.answer = [](const auto&) { return says("warning: only\n"); };
  EXPECT_EQ(probe_.trial(t, {"-fz"}), std::nullopt);
}

class CrossToolchains : public Toolchains {
 protected:
  CrossToolchains() {
    runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
      const std::string program = fs::path(argv.front()).filename();
      if (program.starts_with(kTriple)) {
        if (argv.back() == "-dumpmachine") return says(std::string(kTriple) + "\n");
      }
      if (argv.back() == "-print-prog-name=ld" && program.starts_with("clang")) {
        EXPECT_THAT(argv, Contains("--target=aarch64-linux-gnu"));
      }
      return std::nullopt;
    };
  }

  static constexpr const char* kTriple = "aarch64-linux-gnu";
  ToolchainProbe cross_{runner_, {kTriple, "/sysroot"}};
};

TEST_F(CrossToolchains, GccIsTheProgramWithTheTriple) {
  const OnlyOnPath path(at("bin"),
                        {"gcc-12", "aarch64-linux-gnu-gcc-12", "aarch64-linux-gnu-gcc-ar-12",
                         "aarch64-linux-gnu-gcc-ranlib-12", "aarch64-linux-gnu-gcc-nm-12",
                         "aarch64-linux-gnu-gcov-12", "aarch64-linux-gnu-strip",
                         "aarch64-linux-gnu-objcopy", "aarch64-linux-gnu-readelf", "strip"});
  const Toolchain* t = cross_.probe("gcc-12", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->name, "gcc-12");
  EXPECT_EQ(t->path, at("bin/aarch64-linux-gnu-gcc-12"));
  EXPECT_EQ(t->triple, kTriple);
  EXPECT_EQ(t->architecture, "aarch64");
  EXPECT_EQ(t->ar, at("bin/aarch64-linux-gnu-gcc-ar-12"));
  EXPECT_EQ(t->ranlib, at("bin/aarch64-linux-gnu-gcc-ranlib-12"));
  EXPECT_EQ(t->nm, at("bin/aarch64-linux-gnu-gcc-nm-12"));
  EXPECT_EQ(t->strip, at("bin/aarch64-linux-gnu-strip"));
  EXPECT_EQ(t->objcopy, at("bin/aarch64-linux-gnu-objcopy"));
  EXPECT_EQ(t->readelf, at("bin/aarch64-linux-gnu-readelf"));
  EXPECT_THAT(t->gcov, ElementsAre(at("bin/aarch64-linux-gnu-gcov-12").string()));
}

TEST_F(CrossToolchains, GccTakesTheSysrootBeforeTheHostsOwnCrossLibraries) {
  const OnlyOnPath path(at("bin"), {"aarch64-linux-gnu-gcc-12"});
  const Toolchain* t = cross_.probe("gcc-12", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_THAT(t->words,
              ElementsAre("--sysroot=/sysroot", "-B/sysroot/usr/lib/aarch64-linux-gnu", "-isystem",
                          "=/usr/include/aarch64-linux-gnu", "-isystem", "=/usr/include"));
  EXPECT_THAT(t->link_words, IsEmpty());
  cross_.trial(*t, {"-mcpu=neoverse-n1"});
  EXPECT_THAT(runner_.asked.back(),
              AllOf(Contains("--sysroot=/sysroot"), Contains("-mcpu=neoverse-n1")));
}

TEST_F(CrossToolchains, ClangLinksWhatCountsWithTheTargetsRuntime) {
  const OnlyOnPath path(at("bin"), {"clang-19", "ld.lld-19"});
  ToolchainProbe probe(runner_, {"aarch64-linux-gnu", "/sysroot", {{"19", "/rt/profile.a"}}});
  const Toolchain* t = probe.probe("clang-19", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_THAT(profile_generate_link(*t),
              ElementsAre("-fprofile-instr-generate", "-noprofilelib", "/rt/profile.a",
                          "-Wl,-u,__llvm_profile_runtime"));
  EXPECT_THAT(cross_.probe("clang-19", reason_)->profile_link_words, IsEmpty());
}

TEST_F(CrossToolchains, BoltCountsWithTheTargetsRuntime) {
  const OnlyOnPath path(at("bin"),
                        {"clang-19", "lld-19", "ld.lld-19", "llvm-bolt-19", "merge-fdata-19"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (fs::path(argv.front()).filename() == "llvm-bolt-19" && argv[1] == "--version")
      return says("LLVM (http://llvm.org/):\n  LLVM version 19.1.7\n");
    return std::nullopt;
  };
  const auto trial = [&](const std::map<std::string, fs::path>& runtimes) {
    ToolchainProbe probe(runner_, {kTriple, "/sysroot", {}, runtimes});
    std::string reason;
    const Toolchain* t = probe.probe("clang-19", reason);
    EXPECT_NE(t, nullptr) << reason;
    EXPECT_EQ(t->bolt_major, 19);
    runner_.asked.clear();
    EXPECT_EQ(probe.bolt_trial(*t, {}), std::nullopt);
    return t->bolt_runtime;
  };
  EXPECT_EQ(trial({{"19", "/rt/libbolt_rt_instr.a"}}), "/rt/libbolt_rt_instr.a");
  EXPECT_THAT(runner_.asked, Contains(Contains(AllOf(StartsWith("-runtime-instrumentation-lib=../"),
                                                     HasSubstr("../rt/libbolt_rt_instr.a")))));
  EXPECT_EQ(trial({{"19", ""}}), "");
  EXPECT_THAT(runner_.asked, IsEmpty());  // it is to be fetched first
  EXPECT_EQ(trial({{"22", "/rt/libbolt_rt_instr.a"}}), std::nullopt);
}

TEST_F(CrossToolchains, AProfileRuntimeThatIsToBeFetchedIsNotTried) {
  ToolchainProbe probe(runner_, {kTriple, "/sysroot", {{"19", ""}}});
  const OnlyOnPath path(at("bin"), {"clang-19", "lld-19", "ld.lld-19", "llvm-profdata-19"});
  std::string reason;
  const Toolchain* t = probe.probe("clang-19", reason);
  ASSERT_NE(t, nullptr) << reason;
  runner_.answer = [](const auto&) { return says("cannot open libclang_rt.profile.a\n", 1); };
  EXPECT_EQ(probe.profile_trial(*t), std::nullopt);
}

TEST_F(CrossToolchains, ClangIsAimedAndLinksWithLld) {
  const OnlyOnPath path(at("bin"), {"clang-19", "ld.lld-19", "llvm-ar-19", "llvm-nm-19",
                                    "llvm-strip-19", "llvm-objcopy-19", "llvm-cov-19"});
  const Toolchain* t = cross_.probe("clang-19", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->name, "clang-19");
  EXPECT_EQ(t->architecture, "aarch64");
  EXPECT_THAT(t->words, ElementsAre("--target=aarch64-linux-gnu", "--sysroot=/sysroot"));
  EXPECT_THAT(t->link_words, ElementsAre("-fuse-ld=lld"));
  EXPECT_EQ(t->strip, at("bin/llvm-strip-19"));
  EXPECT_THAT(t->gcov, ElementsAre(at("bin/llvm-cov-19").string(), "gcov"));
  EXPECT_EQ(t->tools.back().name, "ld.lld");
}

TEST_F(CrossToolchains, WhatIsMissingIsNamedWithItsPackage) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "clang-19"});
  EXPECT_EQ(cross_.probe("gcc-12", reason_), nullptr);
  EXPECT_EQ(reason_,
            "aarch64-linux-gnu-gcc-12 is not installed; on Debian: apt-get install "
            "gcc-12-aarch64-linux-gnu");
  EXPECT_EQ(cross_.probe("gcc", reason_), nullptr);
  EXPECT_EQ(reason_,
            "aarch64-linux-gnu-gcc is not installed; on Debian: apt-get install "
            "gcc-aarch64-linux-gnu");
  EXPECT_EQ(cross_.probe("clang-18", reason_), nullptr);
  EXPECT_EQ(reason_,
            "clang-18 is not installed; on Debian: apt-get install clang-18; installed: clang-19");
  EXPECT_EQ(cross_.probe("clang-19", reason_), nullptr);
  EXPECT_EQ(reason_,
            "clang-19 links for aarch64-linux-gnu with lld 19, which is not installed; on Debian: "
            "apt-get install lld-19");
}

TEST_F(CrossToolchains, AVendorsNameInTheTripleIsNoOtherTarget) {
  const std::string name = "aarch64-unknown-linux-gnu-gcc-13";
  const OnlyOnPath path(
      at("bin"), {name, "aarch64-unknown-linux-gnu-gcc-ar-13", "aarch64-unknown-linux-gnu-strip"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv.back() == "-dumpmachine") return says("aarch64-unknown-linux-gnu\n");
    return std::nullopt;
  };
  const Toolchain* t = cross_.probe(at("bin/" + name), reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->ar, at("bin/aarch64-unknown-linux-gnu-gcc-ar-13"));
  EXPECT_EQ(t->strip, at("bin/aarch64-unknown-linux-gnu-strip"));
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv.back() == "-dumpmachine") return says("aarch64-linux-musl\n");
    return std::nullopt;
  };
  EXPECT_EQ(ToolchainProbe(runner_, {kTriple, {}}).probe(at("bin/" + name), reason_), nullptr);
}

TEST_F(CrossToolchains, ACompilerForAnotherArchitectureIsRefused) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  EXPECT_EQ(cross_.probe(at("bin/gcc-12"), reason_), nullptr);
  EXPECT_EQ(reason_, at("bin/gcc-12").string() +
                         " generates code for x86_64-linux-gnu, not for aarch64-linux-gnu");
}

TEST_F(CrossToolchains, OnAMachineOfTheTargetsKindThePlainNameWillDo) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv.back() == "-dumpmachine") return says("aarch64-linux-gnu\n");
    return std::nullopt;
  };
  const Toolchain* t = cross_.probe("gcc-12", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->path, at("bin/gcc-12"));
}

TEST_F(CrossToolchains, DiscoveryFindsThoseForTheTarget) {
  const OnlyOnPath path(at("bin"),
                        {"gcc-13", "aarch64-linux-gnu-gcc-11", "aarch64-linux-gnu-gcc-12",
                         "aarch64-linux-gnu-gcc-ar-12", "clang-19"});
  EXPECT_THAT(cross_.discover(CompilerFamily::gcc), ElementsAre("gcc-12", "gcc-11"));
  EXPECT_THAT(cross_.discover(CompilerFamily::clang), ElementsAre("clang-19"));
}

TEST_F(CrossToolchains, PlainNameBecomesTheCanonicalOne) {
  const OnlyOnPath path(at("bin"), {"aarch64-linux-gnu-gcc-12"});
  fs::create_symlink("aarch64-linux-gnu-gcc-12", at("bin/aarch64-linux-gnu-gcc"));
  const Toolchain* t = cross_.probe("gcc", reason_);
  ASSERT_NE(t, nullptr) << reason_;
  EXPECT_EQ(t->name, "gcc-12");
}

TEST_F(Toolchains, ResolveMakesNativeConcrete) {
  const OnlyOnPath path(at("bin"), {"gcc-12"});
  runner_.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv.back() == "-dumpmachine") return says("riscv64-linux-gnu\n");
    return std::nullopt;
  };
  Configuration configuration;
  set_value(configuration, "compiler", "gcc-12");
  set_value(configuration, "cpu", "native");
  EXPECT_EQ(resolve(configuration, probe_),
            "cpu=native has no meaning for a compiler for riscv64; name the CPU");
  set_value(configuration, "cpu", "generic");
  EXPECT_EQ(resolve(configuration, probe_), std::nullopt);
}

}  // namespace
}  // namespace pytune
