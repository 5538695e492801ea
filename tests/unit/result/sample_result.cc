// One file: all that golden texts are made of, which are read beside it.
#include "unit/result/sample_result.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "sys/files.h"

namespace pytune::test {
namespace {

Interval interval(double estimate, double half_width) {
  return {estimate, estimate - half_width, estimate + half_width};
}

Configuration configuration(std::initializer_list<std::pair<const char*, const char*>> values) {
  Configuration result;
  for (const auto& [axis, value] : values)
    if (const auto error = set_value(result, axis, value)) throw std::logic_error(*error);
  return result;
}

Build make_build(const std::string& id, const std::string& name,
                 const Configuration& configuration) {
  Build build;
  build.id = id;
  build.name = name;
  build.configuration = configuration;
  build.source_version = "3.13.5";
  build.source_archive = "python3.13_3.13.5.orig.tar.xz";
  build.source_sha256 = std::string(64, 'a');
  build.source_origin = "Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream tarball";
  build.prefix = "/srv/store/build/" + id + "/prefix";
  build.python = build.prefix / "bin" / "python3.13";
  build.configure_arguments = {"--prefix=/opt/python", "CC=/usr/bin/gcc-12",
                               "AR=/usr/bin/gcc-ar-12", "RANLIB=/usr/bin/gcc-ranlib-12",
                               "--disable-shared"};
  build.make_variables = {"OPT=-DNDEBUG -O2", "CFLAGS_NODIST=-fPIE -fomit-frame-pointer",
                          "LDFLAGS_NODIST=", "LINKFORSHARED=-Xlinker -export-dynamic -pie"};
  build.tools = {
      {"gcc-12", "/usr/bin/gcc-12", "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0",
       std::string(64, 'b')},
      {"cc1", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "", std::string(64, 'c')},
      {"ld", "/usr/bin/ld", "GNU ld (GNU Binutils for Debian) 2.40", std::string(64, 'd')}};
  build.commands = {
      {"configure", "$WORK/build",
       "../src/configure --prefix=/opt/python 'CC=/usr/bin/gcc-12' 'AR=/usr/bin/gcc-ar-12' "
       "'RANLIB=/usr/bin/gcc-ranlib-12' --disable-shared",
       41},
      {"compile", "$WORK/build", "make \"-j$JOBS\" 'OPT=-DNDEBUG -O2'", 160},
      {"compile", "$WORK/build",
       "make \"-j$JOBS\" install \"DESTDIR=$WORK/install\" 'OPT=-DNDEBUG -O2'", 12}};
  build.effective_flags = "-fPIE -fomit-frame-pointer -O2";
  build.cpu_requirement = "x86-64 baseline";
  build.code_sha256 = std::string(63, 'e') + id[0];
  build.interpreter_bytes = 7'900'000;
  build.prefix_bytes = 190'000'000;
  build.build_seconds = 213;
  return build;
}

// As build/ records a gcc build with a profile: compiled once to count, trained, compiled again in
// a fresh directory.
void record_training(Build& build) {
  const std::string configure =
      "../src/configure --prefix=/opt/python 'CC=/usr/bin/gcc-12' 'AR=/usr/bin/gcc-ar-12' "
      "'RANLIB=/usr/bin/gcc-ranlib-12' --disable-shared";
  const std::string afresh =
      "rm -rf \"$WORK/build\" \"$WORK/install\" && mkdir \"$WORK/build\" && cd \"$WORK/build\"";
  const std::string counting =
      "'OPT=-DNDEBUG -O3' 'CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate' "
      "LDFLAGS_NODIST=-fprofile-generate 'LINKFORSHARED=-Xlinker -export-dynamic'";
  const std::string final =
      "'OPT=-DNDEBUG -O3' 'CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie "
      "-fomit-frame-pointer "
      "-fprofile-use -fprofile-correction -Wno-missing-profile' 'LDFLAGS_NODIST=-flto=auto "
      "-fuse-linker-plugin -O3 -fprofile-use' 'LINKFORSHARED=-Xlinker -export-dynamic -no-pie "
      "-Wl,-rpath,\\$$ORIGIN/../lib'";
  const std::string install = " COMPILEALL_OPTS=--help ENSUREPIP=no";
  build.commands = {
      {"configure", "$WORK/build", configure, 40},
      {"instrument", "$WORK/build", afresh, 0},
      {"instrument", "$WORK/build", configure, 0},
      {"instrument", "$WORK/build", "LLVM_PROFILE_FILE=/dev/null make \"-j$JOBS\" " + counting,
       140},
      {"instrument", "$WORK/build",
       "LLVM_PROFILE_FILE=/dev/null make \"-j$JOBS\" install \"DESTDIR=$WORK/install\" " +
           counting + install,
       11},
      {"train", "$WORK/build",
       "GCOV_PREFIX=\"$WORK/profile\" GCOV_PREFIX_STRIP=\"$STRIP\" PYTHONDONTWRITEBYTECODE=1 "
       "PYTHONHASHSEED=0 "
       "PYTHONNOUSERSITE=1 setarch -R \"$WORK/install/opt/python/bin/python3.13\" "
       "\"$TRAINING/run.py\"",
       95},
      {"compile", "$WORK/build", afresh, 0},
      {"compile", "$WORK/build", configure, 0},
      {"compile", "$WORK/build", "cp -a \"$WORK/profile/.\" .", 0},
      {"compile", "$WORK/build", "make \"-j$JOBS\" " + final, 260},
      {"compile", "$WORK/build",
       "make \"-j$JOBS\" install \"DESTDIR=$WORK/install\" " + final + install, 14}};
  build.profile_make_variables = {
      "OPT=-DNDEBUG -O3", "CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate",
      "LDFLAGS_NODIST=-fprofile-generate", "LINKFORSHARED=-Xlinker -export-dynamic"};
  build.make_variables = {
      "OPT=-DNDEBUG -O3",
      "CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -fprofile-use "
      "-fprofile-correction -Wno-missing-profile",
      "LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use",
      "LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\\$$ORIGIN/../lib"};
  build.training_command = {"/srv/pytune/profiles/training/run.py"};
  build.training_sha256 = std::string(64, '7');
  build.profile_sha256 = std::string(64, '8');
  build.profile = "/srv/store/train/0123456789abcdef/profile";
  build.effective_flags =
      "-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -O3 -fprofile-use";
  build.interpreter_bytes = 8'420'000;
  build.build_seconds = 560;
}

void add_arm(SweepResult& result, const std::string& id, const std::string& label, Arm::Role role) {
  result.measurement.arms.push_back(
      {id, label, {"/srv/store/build/" + id + "/prefix/bin/python3.13"}, role});
}

ArmComparison compared(const std::string& arm, const Interval& speed, Verdict verdict,
                       long rss_kib) {
  ArmComparison comparison;
  comparison.arm = arm;
  comparison.speed = speed;
  comparison.wall_speed = interval(speed.estimate, 0.03);
  comparison.verdict = verdict;
  comparison.max_rss_kib = rss_kib;
  comparison.workloads = {{"fibonacci_recursive", speed, 5}, {"regex_logs", speed, 5}};
  return comparison;
}

// One build beside the others, measured, in the same order everywhere.
void add_measured(SweepResult& result, const Build& build, const std::string& label,
                  const ArmComparison& race) {
  result.builds.push_back(build);
  add_arm(result, build.id, label, Arm::Role::candidate);
  result.race.arms.push_back(race);
}

Block sample_block() {
  Block block;
  block.phase = Phase::race;
  block.workload = "fibonacci_recursive";
  block.hash_seed = 7;
  int position = 0;
  for (const char* arm : {kBaseline, kWinner, "copy", "system"}) {
    Sample sample;
    sample.arm = arm;
    sample.position = position++;
    sample.wall_values = {0.11, 0.12};
    sample.cpu_values = {0.1, 0.11};
    sample.process_wall_seconds = 0.5;
    sample.process_cpu_seconds = 0.45;
    sample.max_rss_kib = 11'800;
    block.samples.push_back(sample);
  }
  return block;
}

}  // namespace

SweepResult sample_result() {
  SweepResult result;
  result.id = "0123456789ab";
  result.preset = "quick";
  result.created = "2026-11-21T10:00:00Z";
  result.host = {"x86_64",
                 "Example CPU 9000",
                 "6.1.0-32-amd64",
                 "glibc 2.36",
                 "Debian GNU/Linux 12 (bookworm)",
                 2,
                 8'000'000'000,
                 6'000'000'000,
                 0.1,
                 "",
                 true};
  result.baseline_build = kBaseline;
  result.system_python = "/usr/bin/python3 (3.11.2)";
  result.build_minutes = 34.2;
  result.measure_minutes = 12.4;

  const Build baseline =
      make_build(kBaseline, "debian", configuration({{"compiler", "gcc-12"}, {"opt", "O2"}}));
  result.builds.push_back(baseline);
  add_arm(result, kBaseline, "gcc-12 O2", Arm::Role::baseline);
  add_arm(result, "copy", "gcc-12 O2 (copy)", Arm::Role::copy);
  add_arm(result, "system", "system python3", Arm::Role::reference);

  result.race.clock = Clock::cpu;
  result.race.baseline = kBaseline;
  result.race.copy_bound = 0.0041;
  result.race.rounds = 5;
  result.race.arms = {compared("copy", interval(1.001, 0.004), Verdict::equivalent, 11'820),
                      compared("system", interval(0.941, 0.012), Verdict::slower, 9'900)};
  result.confirm = result.race;
  result.confirm->arms.clear();

  Build winner = make_build(kWinner, "opt=O3 pgo=training lto=full pie=no-pie",
                            configuration({{"compiler", "gcc-12"},
                                           {"opt", "O3"},
                                           {"pgo", "training"},
                                           {"lto", "full"},
                                           {"pie", "no-pie"}}));
  record_training(winner);
  add_measured(result, winner, "gcc-12 O3 pgo=training lto=full no-pie",
               compared(kWinner, interval(1.318, 0.024), Verdict::faster, 12'300));
  result.confirm->arms.push_back(
      compared(kWinner, interval(1.310, 0.020), Verdict::faster, 12'300));

  const Build equivalent =
      make_build(kEquivalent, "linker=gold",
                 configuration({{"compiler", "gcc-12"}, {"opt", "O2"}, {"linker", "gold"}}));
  add_measured(result, equivalent, "gcc-12 O2 linker=gold",
               compared(kEquivalent, interval(1.001, 0.003), Verdict::equivalent, 11'810));

  result.measurement.workloads = {{"fibonacci_recursive",
                                   "/srv/pytune/profiles/workloads/fibonacci_recursive.py",
                                   "pure-python", 4}};
  result.measurement.blocks = {sample_block()};

  Recommendation& recommended = result.recommendation;
  recommended.significant = true;
  recommended.arm = kWinner;
  recommended.speed = interval(1.310, 0.020);
  recommended.confirmed = true;
  recommended.against_system = interval(1.392, 0.025);
  recommended.contributions = {
      {"opt", "O2", "O3", interval(1.012, 0.008), "additive model"},
      {"pgo", "none", "training", interval(1.190, 0.020), "measured pair"},
      {"lto", "none", "full", interval(1.041, 0.012), "additive model"},
      {"pie", "pie", "no-pie", interval(1.021, 0.006), "not separable from bolt"},
      {"bolt", "off", "on", {}, "counted under pie"}};
  return result;
}

void add_rebuilds(SweepResult& result) {
  Rebuilds& again = result.rebuilds.emplace();
  again.measurement.arms = result.measurement.arms;
  again.measurement.workloads = result.measurement.workloads;
  again.measurement.blocks = {sample_block()};
  for (int number = 1; number <= 3; ++number) {
    Build build = result.builds.front();
    build.id = "rebuild" + std::to_string(number);
    build.rebuild = number;
    again.builds.push_back(build);
  }
  RebuildComparison comparison;
  comparison.speed = interval(1.296, 0.031);
  comparison.verdict = Verdict::faster;
  comparison.winner_spread = 0.0061;
  comparison.baseline_spread = 0.0042;
  comparison.winner = {interval(1.302, 0.02), interval(1.288, 0.02), interval(1.299, 0.02)};
  comparison.baseline = {interval(1.004, 0.02), interval(0.997, 0.02), interval(1.001, 0.02)};
  again.comparison = comparison;
  result.recommendation.speed = comparison.speed;
  result.recommendation.rebuilds = 3;
}

void add_numeric(SweepResult& result) {
  Numeric& numeric = result.numeric.emplace();
  numeric.measurement.arms = result.measurement.arms;
  numeric.comparison.clock = Clock::cpu;
  numeric.comparison.baseline = result.baseline_build;
  numeric.comparison.rounds = 3;
  for (const ArmComparison& arm : result.race.arms) {
    const bool winner = arm.arm == kWinner;
    numeric.comparison.arms.push_back(compared(arm.arm, interval(winner ? 1.031 : 1.002, 0.004),
                                               winner ? Verdict::faster : Verdict::equivalent,
                                               98'000));
    numeric.comparison.arms.back().workloads = {{"gpt2_bf16", interval(1.0, 0.01), 3}};
  }
  numeric.networks = {{"resnet50", interval(1.91, 0.06), 0.0114, 4, 4, "neon-fp32", "neon-bfmmla"},
                      {"gpt2", interval(1.72, 0.02), 0.0157, 4, 3, "neon-fp32", "neon-bfmmla"}};
}

void add_slower_build(SweepResult& result) {
  const Build slower =
      make_build(kSlower, "opt=Os", configuration({{"compiler", "gcc-12"}, {"opt", "Os"}}));
  ArmComparison race = compared(kSlower, interval(0.871, 0.012), Verdict::slower, 11'100);
  race.clocks_disagree = true;
  race.wall_speed = interval(0.931, 0.010);
  add_measured(result, slower, "gcc-12 Os", race);
  result.recommendation.regressions = {
      "regex_logs: 0.962x the speed of the baseline (95 % interval 0.951-0.973)"};
}

void add_unclear_build(SweepResult& result) {
  const Build unclear = make_build(
      kUnclear, "interposition=off frame_pointers=keep cflags=\"-fno-plt -falign-functions=64\"",
      configuration({{"compiler", "gcc-12"},
                     {"opt", "O2"},
                     {"interposition", "off"},
                     {"frame_pointers", "keep"},
                     {"cflags", "-fno-plt -falign-functions=64"}}));
  ArmComparison race = compared(kUnclear, interval(1.008, 0.011), Verdict::cannot_tell, 11'900);
  race.minutes_to_tell = 11.4;
  add_measured(result, unclear, "gcc-12 O2 interposition=off frame_pointers=keep", race);
}

void add_failed_build(SweepResult& result) {
  Build failed =
      make_build(kFailed, "compiler=clang-19 lto=thin",
                 configuration({{"compiler", "clang-19"}, {"opt", "O2"}, {"lto", "thin"}}));
  failed.commands.clear();
  failed.failure = BuildFailure{
      "compile",
      "compiler-crash",
      "fatal error: error in backend: Cannot select: t12: i64 = X86ISD::WrapperRIP "
      "TargetGlobalAddress",
      "Use another version of clang, or lto=full; the crash is the compiler's own and repeats.",
      "/srv/store/compile/89abcdef01234567/log.txt",
      true};
  result.builds.push_back(failed);
}

void add_dropped_points(SweepResult& result) {
  const auto drop = [&](const Configuration& point, const std::string& reason) {
    result.dropped.push_back({point.canonical(), reason});
  };
  const std::string no_thin = "gcc has no ThinLTO; use lto=full or a clang";
  for (const char* level : {"O1", "O2", "O3", "Os"})
    drop(configuration({{"compiler", "gcc-12"}, {"opt", level}, {"lto", "thin"}}), no_thin);
  drop(configuration({{"compiler", "gcc-12"}, {"opt", "O2"}, {"bolt", "on"}, {"pie", "no-pie"}}),
       "llvm-bolt or merge-fdata is not installed; on Debian: apt-get install bolt-19");
  result.warnings = {
      "The load was 3.1 when measuring began: close other programs, or let it run at night."};
  result.race.warnings = result.warnings;
  build_of(result, kEquivalent).flag_mismatches = {"asked -O2, ceval.c was compiled with -O3"};
}

void take_winner_away(SweepResult& result) {
  std::erase_if(result.builds, [](const Build& build) { return build.id == kWinner; });
  std::erase_if(result.race.arms, [](const ArmComparison& arm) { return arm.arm == kWinner; });
  std::erase_if(result.measurement.arms, [](const Arm& arm) { return arm.id == kWinner; });
  for (Block& block : result.measurement.blocks) {
    std::erase_if(block.samples, [](const Sample& sample) { return sample.arm == kWinner; });
    for (int position = 0; Sample & sample : block.samples) sample.position = position++;
  }
  result.confirm.reset();
  result.recommendation = {};
  result.recommendation.arm = kBaseline;
}

const Build& build_of(const SweepResult& result, const std::string& id) {
  const auto found = std::find_if(result.builds.begin(), result.builds.end(),
                                  [&](const Build& build) { return build.id == id; });
  if (found == result.builds.end()) throw std::logic_error("no build " + id);
  return *found;
}

Build& build_of(SweepResult& result, const std::string& id) {
  return const_cast<Build&>(build_of(static_cast<const SweepResult&>(result), id));
}

Outcome run_program(const std::vector<std::string>& argv, const std::filesystem::path& directory) {
  Command command;
  command.argv = argv;
  command.cwd = directory;
  return SystemRunner().run(command);
}

ScopedVariable::ScopedVariable(const char* name, const std::optional<std::string>& value)
    : name_(name) {
  if (const char* before = std::getenv(name)) before_ = before;
  put(value);
}

ScopedVariable::~ScopedVariable() { put(before_); }

void ScopedVariable::put(const std::optional<std::string>& value) {
  if (value)
    setenv(name_, value->c_str(), 1);
  else
    unsetenv(name_);
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(PYTUNE_SOURCE_DIR) / "tests" / "golden" / "report" / name;
  const char* update = std::getenv("PYTUNE_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(file.parent_path());
    write_file_atomic(file, text);
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(file))
      << file << " is missing: run once with PYTUNE_UPDATE_GOLDEN=1";
  EXPECT_EQ(text, read_file(file))
      << "differs from " << file << "; if that is meant: PYTUNE_UPDATE_GOLDEN=1";
}

}  // namespace pytune::test
