#include "campaign/cross_target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "build/identity.h"
#include "build/scheduler.h"
#include "campaign/emulated_machine.h"
#include "campaign/find_interpreter.h"
#include "source/apt_sources.h"
#include "source/debian_root.h"
#include "source/sysroot.h"
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

void provide_sysroot(Target& target, const Site& site, const TargetRequest& request) {
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
      site.store, site.runner, sysroot_request(kSysrootSuite, kDebianArchitecture, request.mirror),
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
std::map<std::string, fs::path> profile_runtimes(const Site& site, const TargetRequest& request) {
  std::map<std::string, fs::path> runtimes;
  ToolchainProbe probe(site.runner, {kTriple, {}});
  for (const std::string& clang : probe.discover(CompilerFamily::clang)) {
    const std::string major = clang.substr(clang.find('-') + 1);
    fs::path root = request.sysroot;
    if (root.empty()) {
      const auto wanted =
          clang_runtime_request(kSysrootSuite, kDebianArchitecture, major, request.mirror);
      if (!wanted) continue;
      try {
        root =
            provide_debian_root(site.store, site.runner, *wanted, request.offline, request.refresh)
                .root;
      } catch (const Failure&) {
        if (request.plan) runtimes[major] = "";
        continue;
      }
    }
    std::error_code none;
    if (fs::exists(profile_runtime_in(root, major), none))
      runtimes[major] = fs::absolute(profile_runtime_in(root, major));
  }
  return runtimes;
}

// Debian's BOLT has its runtime for this machine only, too.
std::map<std::string, fs::path> bolt_runtimes(const Site& site, const TargetRequest& request) {
  const int number = ToolchainProbe(site.runner, {kTriple, {}}).bolt_tools().major;
  if (number == 0) return {};
  const std::string major = std::to_string(number);
  fs::path root = request.sysroot;
  try {
    if (root.empty())
      root = provide_debian_root(
                 site.store, site.runner,
                 bolt_runtime_request(kSysrootSuite, kDebianArchitecture, major, request.mirror),
                 request.offline, request.refresh)
                 .root;
  } catch (const UsageError&) {
    return {};  // no such release or package at this mirror: a reason to have no bolt=on, no more
  } catch (const Failure&) {
    if (request.plan) return {{major, fs::path()}};
    return {};
  }
  const fs::path runtime = root / "usr/lib" / ("llvm-" + major) / "lib/libbolt_rt_instr.a";
  std::error_code none;
  if (!fs::exists(runtime, none)) return {};
  return {{major, fs::absolute(runtime)}};
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

// What an interpreter says it is. `identity` stands for it in the key.
Identity ask_identity(const Site& site, const Interpreter& interpreter, const std::string& label,
                      const std::string& identity) {
  const fs::path probe = site.home / "profiles" / "identity" / "probe.py";
  const nlohmann::json inputs = {{"interpreter", identity},
                                 {"probe", sha256_file(probe)},
                                 {"emulator", interpreter.machine->emulator.sha256},
                                 {"cpu", interpreter.machine->cpu}};
  const Step step = site.store.produce(
      {"identity", step_key(inputs)}, inputs, [&](const fs::path&) -> StepResult {
        Command command = command_of(interpreter, {"-s", "-S", "-B", probe.string()});
        (*command.environment)["PYTHONHASHSEED"] = "0";  // hashes are among the facts
        command.timeout = std::chrono::minutes(5);
        const Outcome outcome = site.runner.run(command);
        if (!outcome.ok())
          throw Failure(fmt::format("{}: the identity probe: {}", label, outcome.describe()));
        return {true, {{"identity", parse_identity(outcome.output, label)}}};
      });
  return step.details.at("identity").get<Identity>();
}

std::string fault_sentence(const Build& build, const Arm& reference,
                           std::vector<std::string> faults) {
  const std::size_t all = faults.size();
  faults.resize(std::min(all, kFaultsShown));
  return fmt::format(
      "{} is not the interpreter that {} is: {}{}; its figures are of another program: report "
      "this with the build's config.log",
      build.name, reference.label, fmt::join(faults, "; "),
      all > kFaultsShown ? fmt::format("; and {} more", all - kFaultsShown) : "");
}

}  // namespace

PreparedTarget prepare_target(const Site& site, const TargetRequest& request) {
  const auto profiles = load_cpu_profiles(site.home / "profiles" / "cpus");
  PreparedTarget prepared;
  Target& target = prepared.target;
  target.profile = find_cpu_profile(profiles, request.name);
  if (target.profile.architecture == host_architecture())
    throw UsageError(fmt::format(
        "--target {}: is of this machine's own architecture, whose builds run here: leave --target "
        "out and give that CPU as a value of the cpu axis",
        request.name));
  if (target.profile.architecture != "aarch64")
    throw UsageError(
        fmt::format("--target {}: only aarch64 machines can be built for from another architecture",
                    request.name));
  target.machine = find_emulated_machine(site.home, site.runner, request.name);
  prepared.native = native_compiler(site.runner);
  target.build_triple = prepared.native.triple;
  target.cross.triple = kTriple;
  target.cross.clang_profile_runtimes = profile_runtimes(site, request);
  target.cross.bolt_runtimes = bolt_runtimes(site, request);
  try {
    provide_sysroot(target, site, request);
  } catch (const Failure&) {
    // The cross compilers' own libraries will do to see what they accept.
    if (!request.plan) throw;
    target.sysroot_id = "notfetchedyet000";
  }
  return prepared;
}

Build build_bootstrap(const PreparedTarget& target, BuildContext& context, int parallel,
                      Listener& listener) {
  Configuration quick;
  quick.set<Compiler>(target.native.name);
  quick.set<OptLevel>(OptLevel::Value::O1);
  const Recipe recipe = make_recipe(quick, "an interpreter for this machine", target.native,
                                    {context.source, context.training});
  return run_builds(context, {{recipe}, parallel}, listener).front();
}

std::optional<Arm> distributors_arm(const Site& site, const Target& target,
                                    const TargetRequest& request, const std::string& minor,
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
    const DebianRoot root =
        provide_debian_root(site.store, site.runner, parse_debian_python(name, request.mirror),
                            request.offline, request.refresh);
    const std::string python = (root.root / "usr" / "bin" / "python3").string();
    Interpreter interpreter = find_interpreter(python, site.store, site.runner, target.machine);
    Arm arm{kSystemArm, fmt::format("{} ({})", name, interpreter.version), std::move(interpreter),
            Arm::Role::reference};
    arm.interpreter.identity = arm.label;
    return arm;
  } catch (const Failure& failure) {
    notes.push_back(fmt::format("{} is not compared with: {}", name, failure.what()));
    return std::nullopt;
  }
}

IdentityCheck check_identities(const Site& site, const Target& target,
                               const std::vector<Build>& builds, const Arm& reference) {
  const Identity theirs =
      ask_identity(site, reference.interpreter, reference.label, reference.interpreter.python);
  IdentityCheck check;
  std::size_t alike = 0;
  for (const Build& build : builds) {
    if (!build.ok()) continue;
    std::vector<std::string> faults;
    try {
      const Identity ours =
          ask_identity(site, interpreter_of(build, &target), build.name, build.id);
      faults = identity_faults(compare_identities(ours, theirs));
    } catch (const Failure& failure) {
      faults = {failure.what()};
    }
    if (faults.empty())
      ++alike;
    else
      check.faults.push_back(fault_sentence(build, reference, std::move(faults)));
  }
  check.summary = fmt::format("{} builds say of themselves what {} says, in {} facts", alike,
                              reference.label, theirs.size());
  return check;
}

}  // namespace pytune
