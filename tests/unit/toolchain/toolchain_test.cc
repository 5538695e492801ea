#include "toolchain/toolchain.h"

#include <gmock/gmock.h>

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

TEST_F(Toolchains, GarbageAnswersAreRefused) {
  const OnlyOnPath path(at("bin"), {"gcc-12", "gcc-11", "gcc-10"});
  runner_.answer = [](const auto&) { return says("\x01\x02 hello\n"); };
  EXPECT_EQ(probe("gcc-12"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("does not answer like gcc or clang"));
  runner_.answer = [](const auto&) { return says(""); };
  EXPECT_EQ(probe("gcc-11"), nullptr);
  runner_.answer = [](const auto&) { return says("broken", 1); };
  EXPECT_EQ(probe("gcc-10"), nullptr);
  EXPECT_THAT(reason_, HasSubstr("gcc-10 --version: exit status 1"));
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
  runner_.answer = [](const auto&) { return says("", 4); };
  EXPECT_EQ(probe_.trial(t, {"-fy"}), "exit status 4");
  runner_.answer = [](const auto&) { return says("warning: only\n"); };
  EXPECT_EQ(probe_.trial(t, {"-fz"}), std::nullopt);
}

class CrossToolchains : public Toolchains {
 protected:
  CrossToolchains() {
    runner_.answer = [this](const auto& argv) -> std::optional<Outcome> {
      const std::string program = fs::path(argv.front()).filename();
      if (program.starts_with(kTriple)) {
        if (argv.back() == "-dumpmachine") return says(std::string(kTriple) + "\n");
        if (argv.back() == "-dumpfullversion") return says(version_ + "\n");
      }
      if (argv.back() == "-print-prog-name=ld" && program.starts_with("clang")) {
        EXPECT_THAT(argv, Contains("--target=aarch64-linux-gnu"));
      }
      return std::nullopt;
    };
  }

  static constexpr const char* kTriple = "aarch64-linux-gnu";
  std::string version_ = "12.2.0";
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
  EXPECT_EQ(reason_, "clang-18 is not installed; on Debian: apt-get install clang-18");
  EXPECT_EQ(cross_.probe("clang-19", reason_), nullptr);
  EXPECT_EQ(reason_,
            "clang-19 links for aarch64-linux-gnu with lld 19, which is not installed; on Debian: "
            "apt-get install lld-19");
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
