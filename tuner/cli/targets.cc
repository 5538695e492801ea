#include "cli/targets.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/identity.h"
#include "cli/emulating.h"
#include "cli/interpreters.h"
#include "source/apt_sources.h"
#include "source/debian_root.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// The oldest release with every compiler that is swept: what is linked against its glibc runs on it
// and on all later ones.
constexpr const char* kSysrootSuite = "bookworm";
constexpr const char* kDebianArchitecture = "arm64";
constexpr const char* kTriple = "aarch64-linux-gnu";
constexpr std::size_t kFaultsShown = 5;

// Over the names, link targets and contents of what a compiler reads.
std::string sysroot_digest(const fs::path& root) {
  std::vector<fs::path> files;
  for (const char* part : {"usr/include", "usr/lib", "lib", "lib64", "usr/local"}) {
    std::error_code none;
    if (fs::is_symlink(root / part, none) || !fs::is_directory(root / part, none)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / part))
      if (entry.is_symlink() || entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const auto& file : files)
    hash.update(fmt::format(
        "{} {}\n", file.lexically_relative(root).string(),
        fs::is_symlink(file) ? "-> " + fs::read_symlink(file).string() : sha256_file(file)));
  return hash.hex();
}

void require_complete(const fs::path& sysroot) {
  const auto missing = missing_in_sysroot(sysroot, kTriple);
  if (missing.empty()) return;
  throw Failure(fmt::format("{}: a build needs what this sysroot lacks: {}", sysroot.string(),
                            fmt::join(missing, "; ")));
}

void provide_sysroot(Target& target, Store& store, ProcessRunner& runner,
                     const TargetRequest& request) {
  if (!request.sysroot.empty()) {
    std::error_code none;
    if (!fs::is_directory(request.sysroot, none))
      throw UsageError(fmt::format("--sysroot: {}: no such directory", request.sysroot.string()));
    target.cross.sysroot = fs::canonical(request.sysroot);
    require_complete(target.cross.sysroot);
    target.sysroot_id = sysroot_digest(target.cross.sysroot);
    return;
  }
  const DebianRoot sysroot = provide_debian_root(
      store, runner, sysroot_request(kSysrootSuite, kDebianArchitecture, request.mirror),
      request.offline, request.refresh);
  require_complete(sysroot.root);
  target.cross.sysroot = sysroot.root;
  target.sysroot_id = sysroot.id;
}

// Where Debian's clang of this version has its profile runtime for the target.
fs::path profile_runtime_in(const fs::path& root, const std::string& clang_major) {
  return root / "usr/lib" / ("llvm-" + clang_major) / "lib/clang" / clang_major /
         "lib/linux/libclang_rt.profile-aarch64.a";
}

// Debian's clang has its profile runtime for this machine only: the target's comes from the user's
// sysroot, or from Debian. What cannot be had is no clang to train with, which the plan then says.
std::map<std::string, fs::path> profile_runtimes(Store& store, ProcessRunner& runner,
                                                 const TargetRequest& request) {
  std::map<std::string, fs::path> runtimes;
  ToolchainProbe probe(runner, {kTriple, {}});
  for (const std::string& clang : probe.discover(CompilerFamily::clang)) {
    const std::string major = clang.substr(clang.find('-') + 1);
    fs::path root = request.sysroot;
    if (root.empty()) {
      const auto wanted =
          clang_runtime_request(kSysrootSuite, kDebianArchitecture, major, request.mirror);
      if (!wanted) continue;
      try {
        root = provide_debian_root(store, runner, *wanted, request.offline, request.refresh).root;
      } catch (const Failure&) {
        continue;
      }
    }
    std::error_code none;
    if (fs::exists(profile_runtime_in(root, major), none))
      runtimes[major] = fs::absolute(profile_runtime_in(root, major));
  }
  return runtimes;
}

Toolchain native_compiler(ProcessRunner& runner) {
  ToolchainProbe probe(runner);
  std::string first;
  for (const char* name : {"gcc", "clang"}) {
    std::string reason;
    const Toolchain* found = probe.probe(name, reason);
    // By its own name, as a sweep of this machine's builds has it: they share stages.
    if (found != nullptr) return *probe.probe(found->name, reason);
    if (first.empty()) first = reason;
  }
  throw Failure(fmt::format(
      "a build for another machine needs a compiler for this one as well, to freeze its modules: "
      "{}",
      first));
}

// What the interpreter of an arm says it is.
Identity ask_identity(Store& store, ProcessRunner& runner, const EmulatedWorkers& workers,
                      const fs::path& probe, const Arm& arm, const std::string& identity) {
  const nlohmann::json inputs = {{"interpreter", identity},
                                 {"probe", sha256_file(probe)},
                                 {"emulator", workers.emulator.sha256},
                                 {"cpu", workers.cpu}};
  const Step step =
      store.produce({"identity", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        WorkerSettings settings;
        settings.emulated = workers;
        Command command;
        command.argv = words_before(settings, arm);
        for (const std::string& word :
             {arm.python, std::string("-s"), std::string("-S"), std::string("-B"), probe.string()})
          command.argv.push_back(word);
        command.environment = worker_environment({}, {}, {}, 0, 0);
        command.timeout = std::chrono::minutes(5);
        const Outcome outcome = runner.run(command);
        if (!outcome.ok())
          throw Failure(fmt::format("{}: the identity probe: {}", arm.label, outcome.describe()));
        return {true, {{"identity", parse_identity(outcome.output, arm.label)}}};
      });
  return step.details.at("identity").get<Identity>();
}

}  // namespace

PreparedTarget prepare_target(Store& store, ProcessRunner& runner, const TargetRequest& request) {
  const auto profiles = load_cpu_profiles(request.home / "profiles" / "cpus");
  PreparedTarget prepared;
  Target& target = prepared.target;
  target.profile = find_cpu_profile(profiles, request.name);
  const std::string own = read_host().architecture;
  if (target.profile.architecture == own)
    throw UsageError(fmt::format(
        "--target {}: is of this machine's own architecture, whose builds run here: leave --target "
        "out and give that CPU as a value of the cpu axis",
        request.name));
  if (target.profile.architecture != "aarch64")
    throw UsageError(
        fmt::format("--target {}: only aarch64 machines can be built for from another architecture",
                    request.name));
  prepared.workers = emulated_workers(request.home, runner, request.name, store.root() / "staging");
  target.emulator = prepared.workers.emulator;
  target.cpu = prepared.workers.cpu;
  target.plugin = prepared.workers.plugin;
  prepared.native = native_compiler(runner);
  target.build_triple = prepared.native.triple;
  target.cross.triple = kTriple;
  target.cross.clang_profile_runtimes = profile_runtimes(store, runner, request);
  try {
    provide_sysroot(target, store, runner, request);
  } catch (const Failure&) {
    // The cross compilers' own libraries will do to see what they accept.
    if (!request.plan) throw;
    target.sysroot_id = "notfetchedyet000";
  }
  return prepared;
}

Recipe bootstrap_recipe(const PreparedTarget& prepared, const Source& source,
                        const TrainingSet& training) {
  Configuration quick;
  quick.set<Compiler>(prepared.native.name);
  quick.set<OptLevel>(OptLevel::Value::O1);
  return make_recipe(quick, "an interpreter for this machine", prepared.native, source, training);
}

std::optional<Arm> distributors_arm(Store& store, ProcessRunner& runner,
                                    const PreparedTarget& prepared, const TargetRequest& request,
                                    const std::string& minor, std::string& description,
                                    std::vector<std::string>& notes) {
  const auto releases = debian_releases();
  const auto release = std::find_if(releases.begin(), releases.end(),
                                    [&](const DebianRelease& one) { return one.minor == minor; });
  if (release == releases.end()) {
    notes.push_back(
        fmt::format("no release of Debian has Python {}: nothing of a distributor's to "
                    "compare with",
                    minor));
    return std::nullopt;
  }
  const std::string name = fmt::format("debian:{}-{}", release->number, kDebianArchitecture);
  try {
    const DebianRoot root = provide_debian_root(
        store, runner, parse_debian_python(name, request.mirror), request.offline, request.refresh);
    const std::string python = (root.root / "usr" / "bin" / "python3").string();
    const auto interpreter = find_interpreter(python, store, runner, prepared.workers);
    description = fmt::format("{} ({})", name, interpreter.version);
    Arm arm{"system", description, interpreter.python, Arm::Role::reference};
    arm.root = root.root.string();
    arm.minor = std::stoi(minor.substr(minor.find('.') + 1));
    return arm;
  } catch (const Failure& failure) {
    notes.push_back(fmt::format("{} is not compared with: {}", name, failure.what()));
    return std::nullopt;
  }
}

std::vector<std::string> check_identities(Store& store, ProcessRunner& runner,
                                          const PreparedTarget& prepared, const fs::path& home,
                                          const std::vector<Build>& builds, const Arm& reference,
                                          std::string& summary) {
  const fs::path probe = home / "profiles" / "identity" / "probe.py";
  const Identity theirs =
      ask_identity(store, runner, prepared.workers, probe, reference, reference.python);
  std::vector<std::string> sentences;
  std::size_t alike = 0;
  for (const Build& build : builds) {
    if (!build.ok()) continue;
    Arm arm{build.id, build.name, build.python.string(), Arm::Role::candidate};
    arm.root = prepared.target.cross.sysroot.string();
    std::vector<std::string> faults;
    try {
      const Identity ours = ask_identity(store, runner, prepared.workers, probe, arm, build.id);
      faults = identity_faults(compare_identities(ours, theirs));
    } catch (const Failure& failure) {
      faults = {failure.what()};
    }
    if (faults.empty()) {
      ++alike;
      continue;
    }
    const std::size_t all = faults.size();
    faults.resize(std::min(all, kFaultsShown));
    sentences.push_back(fmt::format(
        "{} is not the interpreter that {} is: {}{}; its figures are of another program: report "
        "this with the build's config.log",
        build.name, reference.label, fmt::join(faults, "; "),
        all > kFaultsShown ? fmt::format("; and {} more", all - kFaultsShown) : ""));
  }
  summary = fmt::format("{} builds say of themselves what {} says, in {} facts", alike,
                        reference.label, theirs.size());
  return sentences;
}

}  // namespace pytune
