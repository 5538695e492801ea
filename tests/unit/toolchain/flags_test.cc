#include "toolchain/flags.h"

#include <gmock/gmock.h>

#include "sys/host.h"
#include "unit/result/sample_result.h"
#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::MatchesRegex;
using ::testing::Not;
using toolchain_test::FakeCompilers;
using toolchain_test::says;

Toolchain toolchain(CompilerFamily family) {
  Toolchain t;
  t.family = family;
  t.name = family == CompilerFamily::gcc ? "gcc-12" : "clang-19";
  t.path = "/usr/bin/" + t.name;
  t.architecture = "x86_64";
  t.profdata = "/usr/bin/llvm-profdata-19";
  t.bolt = "/usr/bin/llvm-bolt";
  t.merge_fdata = "/usr/bin/merge-fdata";
  return t;
}
const Toolchain kGcc = toolchain(CompilerFamily::gcc);
const Toolchain kClang = toolchain(CompilerFamily::clang);
const Toolchain kArm = [] {
  Toolchain t = kGcc;
  t.architecture = "aarch64";
  return t;
}();

Configuration with(std::initializer_list<std::pair<const char*, const char*>> values) {
  Configuration configuration;
  for (const auto& [axis, value] : values)
    EXPECT_EQ(set_value(configuration, axis, value), std::nullopt) << axis;
  return configuration;
}

struct Row {
  const char* axis;
  const char* value;
  const Toolchain* toolchain;
  const char* compile;
  const char* link;
  const char* executable;
  const char* configure;
};

class AxisFlags : public ::testing::TestWithParam<Row> {};

TEST_P(AxisFlags, AddTheirWords) {
  const Row& row = GetParam();
  const FlagSet flags = flags_for(with({{row.axis, row.value}}), *row.toolchain);
  EXPECT_THAT(pytune::words(row.compile), IsSubsetOf(flags.compile));
  EXPECT_THAT(pytune::words(row.link), IsSubsetOf(flags.link));
  EXPECT_THAT(pytune::words(row.executable), IsSubsetOf(flags.executable));
  EXPECT_THAT(pytune::words(row.configure), IsSubsetOf(flags.configure));
}

INSTANTIATE_TEST_SUITE_P(
    Flags, AxisFlags,
    ::testing::Values(
        Row{"lto", "full", &kGcc, "-flto=auto -fno-fat-lto-objects",
            "-flto=auto -fuse-linker-plugin -O3", "", ""},
        Row{"lto", "full", &kClang, "-flto=full", "-flto=full -fuse-ld=lld -O3", "", ""},
        Row{"lto", "thin", &kClang, "-flto=thin", "-flto=thin -fuse-ld=lld", "", ""},
        Row{"pie", "pie", &kGcc, "-fPIE", "", "-pie", ""},
        Row{"pie", "no-pie", &kClang, "-fno-pie", "", "-no-pie", ""},
        Row{"libpython", "static", &kGcc, "", "", "", "--disable-shared"},
        Row{"libpython", "shared", &kGcc, "", "", "", "--enable-shared"},
        Row{"interposition", "off", &kGcc, "-fno-semantic-interposition",
            "-fno-semantic-interposition", "", ""},
        Row{"linker", "mold", &kGcc, "", "-fuse-ld=mold", "", ""},
        Row{"frame_pointers", "keep", &kGcc, "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer",
            "", "", ""},
        Row{"frame_pointers", "reserve", &kClang, "-fno-omit-frame-pointer", "", "", ""},
        Row{"libpython", "both", &kGcc, "", "", "", "--enable-shared"},
        Row{"modules", "static", &kGcc, "", "", "", "MODULE_BUILDTYPE=static"},
        Row{"usdt", "on", &kGcc, "", "", "", "--with-dtrace"},
        Row{"pages", "pymalloc", &kGcc, "", "", "", "--with-pymalloc-hugepages"},
        Row{"pages", "2M+pymalloc", &kClang, "",
            "-Wl,-z,max-page-size=0x200000,-z,common-page-size=0x200000", "",
            "--with-pymalloc-hugepages"},
        Row{"pages", "2M", &kGcc, "", "-Wl,-z,max-page-size=0x200000,-z,common-page-size=0x200000",
            "", ""},
        Row{"hardening", "debian", &kGcc,
            "-fstack-protector-strong -D_FORTIFY_SOURCE=2 -fcf-protection", "-Wl,-z,relro", "", ""},
        Row{"hardening", "fedora", &kArm, "-D_FORTIFY_SOURCE=3 -mbranch-protection=standard",
            "-Wl,-z,relro,-z,now", "", ""},
        Row{"hardening", "pbs", &kClang, "-fstack-protector -fstack-clash-protection",
            "-Wl,-z,relro,-z,now", "", ""},
        Row{"atomics", "outline", &kArm, "-moutline-atomics", "", "", ""},
        Row{"atomics", "lse", &kArm, "-mno-outline-atomics", "", "", ""},
        Row{"bolt", "on", &kGcc, "-fno-reorder-blocks-and-partition", "-Wl,--emit-relocs", "", ""},
        Row{"bolt", "on", &kClang, "", "-Wl,--emit-relocs", "", ""},
        Row{"cpu", "x86-64-v3", &kGcc, "-march=x86-64-v3", "", "", ""},
        Row{"cflags", "-fa  -fb", &kClang, "-fa -fb", "", "", ""}));

TEST(FlagsFor, LevelReplacesTheOneInOpt) {
  for (const char* level : {"O1", "O2", "O3", "Os"}) {
    const FlagSet flags = flags_for(with({{"opt", level}}), kGcc);
    EXPECT_EQ(flags.opt, std::string("-") + level);
    EXPECT_THAT(flags.compile, Not(Contains(flags.opt)));
    EXPECT_THAT(flags.link, Not(Contains(flags.opt)));
  }
}

TEST(FlagsFor, TheInterpreterKeepsExportingItsSymbols) {
  EXPECT_THAT(flags_for(Configuration(), kGcc).exporting,
              ElementsAre("-Xlinker", "-export-dynamic"));
}

TEST(FlagsFor, ASharedLibpythonIsFoundBesideTheInterpreterWhereverThatIs) {
  EXPECT_THAT(flags_for(with({{"libpython", "shared"}}), kGcc).exporting,
              Contains("-Wl,-rpath,\\$$ORIGIN/../lib"));
}

TEST(FlagsFor, PieIsSaidToEveryExecutable) {
  EXPECT_THAT(flags_for(Configuration(), kGcc).executable, ElementsAre("-pie"));
  EXPECT_THAT(flags_for(with({{"pie", "no-pie"}}), kGcc).executable, ElementsAre("-no-pie"));
}

TEST(FlagsFor, PieReachesExecutablesOnly) {
  const FlagSet flags = flags_for(with({{"lto", "full"}}), kGcc);
  EXPECT_THAT(flags.link, Not(Contains("-pie")));
  EXPECT_THAT(flags.compile, Not(Contains("-pie")));
}

TEST(FlagsFor, LtoLinkRepeatsLevelAndCpu) {
  const auto lto = with({{"lto", "full"}, {"opt", "O2"}, {"cpu", "x86-64-v3,tune=znver4"}});
  EXPECT_THAT(flags_for(lto, kGcc).link,
              IsSubsetOf(std::vector<std::string>{"-flto=auto", "-fuse-linker-plugin",
                                                  "-fsemantic-interposition", "-O2",
                                                  "-march=x86-64-v3", "-mtune=znver4"}));
  for (const char* flag : {"-O2", "-march=x86-64-v3", "-mtune=znver4"})
    EXPECT_THAT(flags_for(lto, kGcc).link, Contains(flag));
  EXPECT_THAT(flags_for(with({{"cpu", "x86-64-v3"}}), kGcc).link,
              Not(Contains("-march=x86-64-v3")));
}

TEST(FlagsFor, ClangLtoLinksWithTheLinkerThatWasChosen) {
  EXPECT_THAT(flags_for(with({{"lto", "thin"}, {"linker", "mold"}}), kClang).link,
              Not(Contains("-fuse-ld=lld")));
  EXPECT_THAT(flags_for(Configuration(), kClang).link, Not(Contains("-fuse-ld=lld")));
}

TEST(FlagsFor, ProfiledVariantLeavesOutWhatComesAfterInstrumentation) {
  const auto plain = with({{"opt", "O2"}, {"frame_pointers", "keep"}, {"cflags", "-fx"}});
  const auto late = with({{"opt", "O2"},
                          {"frame_pointers", "keep"},
                          {"cflags", "-fx"},
                          {"lto", "full"},
                          {"linker", "gold"},
                          {"bolt", "on"},
                          {"cpu", "x86-64-v3"}});
  for (const Toolchain* t : {&kGcc, &kClang}) {
    const FlagSet a = flags_for(plain, *t, true);
    const FlagSet b = flags_for(late, *t, true);
    EXPECT_EQ(a.compile, b.compile);
    EXPECT_EQ(a.link, b.link);
    EXPECT_EQ(a.executable, b.executable);
    EXPECT_EQ(a.opt, "-O2");
    EXPECT_THAT(a.compile, Contains("-fno-omit-frame-pointer"));
    EXPECT_THAT(a.compile, Contains("-fx"));
  }
}

// gcc counts on a control flow that differs with and without PIE: frame_setlineno of CPython 3.13
// has 64 counters in one and 67 in the other.
TEST(FlagsFor, OnlyClangsProfileServesExecutablesOfBothKinds) {
  const auto no_pie = with({{"pie", "no-pie"}});
  EXPECT_THAT(flags_for(Configuration(), kGcc, true).compile, Contains("-fPIE"));
  EXPECT_THAT(flags_for(no_pie, kGcc, true).compile, Contains("-fno-pie"));
  EXPECT_THAT(flags_for(no_pie, kGcc, true).executable, Contains("-no-pie"));
  EXPECT_EQ(flags_for(no_pie, kClang, true).compile,
            flags_for(Configuration(), kClang, true).compile);
}

// Protection is generated after both have counted, but gcc inlines the C library's checked
// functions before.
TEST(FlagsFor, OneTrainingServesAllHardeningsAsFarAsTheCompilerCountsBeforeIt) {
  const Configuration none;
  const auto pbs = with({{"hardening", "pbs"}});
  const auto debian = with({{"hardening", "debian"}});
  EXPECT_EQ(flags_for(debian, kClang, true).compile, flags_for(none, kClang, true).compile);
  EXPECT_EQ(flags_for(debian, kGcc, true).compile, flags_for(pbs, kGcc, true).compile);
  EXPECT_THAT(flags_for(debian, kGcc, true).compile,
              AllOf(Contains("-D_FORTIFY_SOURCE=2"), Not(Contains("-fstack-protector-strong"))));
}

TEST(FlagsFor, OneTrainingServesAllPagesAndAtomics) {
  const auto other = with({{"pages", "2M"}, {"atomics", "outline"}});
  EXPECT_EQ(flags_for(other, kArm, true).compile, flags_for({}, kArm, true).compile);
  EXPECT_EQ(flags_for(other, kArm, true).link, flags_for({}, kArm, true).link);
}

TEST(FlagsFor, HandlersThatLeaveTheFramePointerAloneAreAskedOfConfigureInOneWord) {
  EXPECT_THAT(flags_for(with({{"frame_pointers", "reserve"}}), kClang).configure,
              Contains("CFLAGS_CEVAL=-fomit-frame-pointer -momit-leaf-frame-pointer "
                       "-mreserve-frame-pointer-reg"));
}

TEST(FlagsFor, BothLibpythonsLinkTheExecutableFromObjects) {
  EXPECT_THAT(flags_for(with({{"libpython", "both"}}), kGcc).make,
              ElementsAre("LINK_PYTHON_OBJS=$(LIBRARY_OBJS)"));
  EXPECT_THAT(flags_for(with({{"libpython", "both"}}), kGcc).exporting,
              ElementsAre("-Xlinker", "-export-dynamic"));
}

TEST(ProfileFlags, OfClangSayWhereItCounts) {
  const auto ir = PgoKind::Value::ir;
  EXPECT_THAT(profile_generate_flags(CompilerFamily::clang, ir), ElementsAre("-fprofile-generate"));
  EXPECT_THAT(profile_use_flags(CompilerFamily::clang, "../p", PgoKind::Value::csir),
              Contains("-fprofile-use=../p"));
}

TEST(ProfileFlags, DifferByFamily) {
  EXPECT_THAT(profile_generate_flags(CompilerFamily::gcc), ElementsAre("-fprofile-generate"));
  EXPECT_THAT(profile_use_flags(CompilerFamily::clang, "../p"),
              Contains("-fprofile-instr-use=../p"));
  EXPECT_THAT(profile_use_flags(CompilerFamily::gcc, "../p"), Contains("-fprofile-use"));
}

std::optional<std::string> reason_for(const Configuration& configuration, const Toolchain& t) {
  FakeCompilers runner;
  ToolchainProbe probe(runner);
  return impossible(configuration, t, probe);
}

TEST(Impossible, EachWithItsReason) {
  const auto reason = [](std::initializer_list<std::pair<const char*, const char*>> values,
                         const Toolchain& t) {
    return reason_for(with(values), t).value_or("(possible)");
  };
  EXPECT_THAT(reason({{"lto", "thin"}}, kGcc), HasSubstr("gcc has no ThinLTO"));
  EXPECT_THAT(reason({{"lto", "full"}, {"linker", "lld"}}, kGcc),
              HasSubstr("lld cannot read gcc's LTO objects"));
  EXPECT_THAT(reason({{"lto", "full"}, {"linker", "bfd"}}, kClang),
              HasSubstr("clang's LTO needs lld"));
  EXPECT_THAT(reason({{"lto", "thin"}, {"linker", "gold"}}, kClang),
              HasSubstr("clang's LTO needs lld"));
  EXPECT_THAT(reason({{"bolt", "on"}}, kGcc), HasSubstr("use pie=no-pie"));
  EXPECT_EQ(reason({{"bolt", "on"}, {"libpython", "shared"}}, kGcc), "(possible)");
  EXPECT_THAT(reason({{"pie", "no-pie"}, {"libpython", "shared"}}, kGcc),
              HasSubstr("the executable is a stub"));
  EXPECT_THAT(reason({{"pgo_kind", "ir"}, {"pgo", "training"}}, kGcc),
              HasSubstr("gcc has one kind of profile"));
  EXPECT_THAT(reason({{"pgo_kind", "ir"}}, kClang), HasSubstr("use pgo=training"));
  EXPECT_EQ(reason({{"pgo_kind", "csir"}, {"pgo", "training"}}, kClang), "(possible)");
  EXPECT_THAT(reason({{"frame_pointers", "reserve"}}, kGcc), HasSubstr("clang of 21 or later"));
  EXPECT_THAT(reason({{"atomics", "outline"}}, kGcc), HasSubstr("of AArch64"));
  EXPECT_THAT(reason({{"atomics", "lse"}}, kArm), HasSubstr("cpu=neoverse-n1"));
  EXPECT_EQ(reason({{"atomics", "lse"}, {"cpu", "neoverse-n1"}}, kArm), "(possible)");
  EXPECT_THAT(reason({{"pages", "pymalloc"}, {"gil", "off"}}, kGcc), HasSubstr("mimalloc"));
  EXPECT_THAT(reason({{"pages", "2M+pymalloc"}, {"runtime", "malloc"}}, kGcc),
              HasSubstr("leaves pymalloc and its huge pages unused"));
  EXPECT_THAT(reason({{"runtime", "PYTHON_PYMALLOC_HUGEPAGES=1"}}, kGcc),
              HasSubstr("use pages=pymalloc"));
  EXPECT_EQ(reason({{"pages", "pymalloc"}}, kGcc), "(possible)");
  EXPECT_EQ(reason({}, kGcc), "(possible)");
  EXPECT_EQ(reason({{"bolt", "on"}, {"pie", "no-pie"}, {"pgo", "training"}, {"lto", "full"}}, kGcc),
            "(possible)");
  EXPECT_EQ(reason({{"lto", "thin"}, {"pgo", "training"}}, kClang), "(possible)");
}

TEST(Impossible, IsNotSaidOfToolsBesideACompilerThatIsNotFetchedYet) {
  Toolchain later = kClang;
  later.stand_in = true;
  later.bolt.reset();
  EXPECT_EQ(reason_for(with({{"bolt", "on"}, {"pie", "no-pie"}}), later), std::nullopt);
}

TEST(Impossible, WithoutTheToolsItNeeds) {
  Toolchain bare = kClang;
  bare.profdata.reset();
  bare.merge_fdata.reset();
  EXPECT_THAT(reason_for(with({{"pgo", "training"}}), bare).value_or(""),
              HasSubstr("llvm-profdata"));
  EXPECT_THAT(reason_for(with({{"bolt", "on"}, {"pie", "no-pie"}}), bare).value_or(""),
              HasSubstr("apt-get install bolt"));
  EXPECT_EQ(reason_for(Configuration(), bare), std::nullopt);
}

TEST(Impossible, TailCallsTakeACompilerThatPromisesThemAndKeepsThePromise) {
  FakeCompilers runner;
  runner.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (argv.front() == "./calls") return says("", 139);
    return std::nullopt;
  };
  ToolchainProbe probe(runner);
  Toolchain clang = kClang;
  clang.architecture = read_host().architecture;  // of others, nothing is run
  EXPECT_THAT(impossible(with({{"dispatch", "tail-call"}}), clang, probe).value_or(""),
              AllOf(HasSubstr("clang-19 cannot make an interpreter of tail calls: "),
                    HasSubstr("clang 19 and later can")));
  EXPECT_EQ(impossible(with({{"dispatch", "switch"}}), clang, probe), std::nullopt);
  FakeCompilers old;
  old.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (std::find(argv.begin(), argv.end(), "calls.c") == argv.end()) return std::nullopt;
    return says("calls.c:4:2: error: #error \"musttail\"\n", 1);
  };
  ToolchainProbe another(old);
  EXPECT_THAT(impossible(with({{"dispatch", "tail-call"}}), kGcc, another).value_or(""),
              HasSubstr("gcc-12 cannot make an interpreter of tail calls: #error \"musttail\""));
}

TEST(Impossible, HandlersFlagsTakeACompilerThatKnowsThem) {
  FakeCompilers runner;
  runner.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (std::find(argv.begin(), argv.end(), "-mreserve-frame-pointer-reg") == argv.end())
      return std::nullopt;
    return says("clang-19: error: unknown argument: '-mreserve-frame-pointer-reg'\n", 1);
  };
  ToolchainProbe probe(runner);
  EXPECT_THAT(impossible(with({{"frame_pointers", "reserve"}}), kClang, probe).value_or(""),
              HasSubstr("unknown argument: '-mreserve-frame-pointer-reg'"));
}

TEST(Impossible, ProbesTakeTheProgramThatMakesThem) {
  const test::ScopedVariable path("PATH", "/nonexistent");
  EXPECT_THAT(reason_for(with({{"usdt", "on"}}), kGcc).value_or(""),
              HasSubstr("apt-get install systemtap-sdt-dev"));
}

TEST(FlagsFor, DispatchIsAskedOfConfigure) {
  EXPECT_THAT(flags_for(with({{"dispatch", "tail-call"}}), kClang).configure,
              Contains("--with-tail-call-interp"));
  EXPECT_THAT(flags_for(with({{"dispatch", "switch"}}), kGcc).configure,
              Contains("--without-computed-gotos"));
  EXPECT_THAT(flags_for(Configuration(), kGcc).configure, ElementsAre("--disable-shared"));
}

TEST(SpelledFor, LeavesOutFeaturesTheCompilerHasNoNameFor) {
  FakeCompilers runner;
  runner.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (std::find(argv.begin(), argv.end(), "-mno-rdpru") == argv.end()) return std::nullopt;
    return says("gcc: error: unrecognized command-line option '-mno-rdpru'\n", 1);
  };
  ToolchainProbe probe(runner);
  CpuTarget cpu;
  cpu.name = "znver4";
  cpu.without = {"pku", "rdpru"};
  EXPECT_EQ(spelled_for(cpu, kGcc, probe).spelling(), "znver4,no=pku");
}

TEST(Impossible, QuotesTheCompilersComplaint) {
  FakeCompilers runner;
  runner.answer = [](const auto& argv) -> std::optional<Outcome> {
    if (std::find(argv.begin(), argv.end(), "-march=znver4") == argv.end() &&
        std::find(argv.begin(), argv.end(), "-fbad") == argv.end())
      return std::nullopt;
    return says("note\ncc1: error: bad value 'x' for '-march=' switch\n", 1);
  };
  ToolchainProbe probe(runner);
  EXPECT_THAT(impossible(with({{"cpu", "znver4"}}), kGcc, probe).value_or(""),
              MatchesRegex("gcc-12 does not accept cpu=znver4: bad value 'x' for '-march=' switch; "
                           "the nearest that it knows is cpu=[a-z0-9-]+"));
  EXPECT_EQ(impossible(with({{"cflags", "-fbad"}}), kGcc, probe),
            "gcc-12 does not accept the flags: bad value 'x' for '-march=' switch");
}

}  // namespace
}  // namespace pytune
