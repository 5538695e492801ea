#include "campaign/examine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "campaign/examine_environment.h"
#include "machine/limits.h"
#include "machine/package_check.h"
#include "source/debian_toolchain.h"
#include "store/store.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/optional_modules.h"
#include "toolchain/toolchain.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Level = Finding::Level;

constexpr double kSweepBytes = 8e9;  // the preset quick takes 5 GB, each further build up to 0.6

Finding disk(const fs::path& store) {
  const auto bytes = static_cast<double>(free_bytes(nearest_directory(store)));
  const std::string state = fmt::format("{:.0f} GB free for {}", bytes / 1e9, store.string());
  if (bytes >= kSweepBytes) return {"disk", Level::ok, state, ""};
  return {"disk", Level::problem, state,
          "free some, pytune store prune, or choose another --store"};
}

Finding page_size() {
  const long bytes = sysconf(_SC_PAGESIZE);
  if (bytes <= 4096) return {"page size", Level::ok, fmt::format("{} KiB", bytes / 1024), ""};
  return {"page size", Level::note,
          fmt::format("{} KiB: resident memory is larger than with 4 KiB, and builds packaged here "
                      "are aligned for it",
                      bytes / 1024),
          "none needed; compare memory with machines of the same page size only"};
}

// What `measure` installs for suites that need packages.
Finding suite_packages() {
  const bool compiles = std::getenv("PYTUNE_ALLOW_SDISTS") != nullptr;
  const bool root = geteuid() == 0;
  const std::string state = fmt::format(
      "packages of suites come as {} from pip's index, by version, and known ones by their hash{}",
      compiles ? "wheels or sources, whose programs run," : "wheels", root ? ", as root" : "");
  if (!compiles && !root) return {"pip", Level::ok, state, ""};
  return {"pip", Level::note, state,
          compiles ? "unset PYTUNE_ALLOW_SDISTS, and measure such suites as an ordinary user"
                   : "measure such suites as an ordinary user"};
}

Finding compilers_of(CompilerFamily family, ToolchainProbe& probe, std::optional<fs::path>& bolt) {
  const bool gcc = family == CompilerFamily::gcc;
  const std::string topic = gcc ? "gcc" : "clang";
  std::vector<std::string> found;
  std::vector<std::string> without_profdata;
  std::vector<std::string> refused;
  for (const auto& name : probe.discover(family)) {
    std::string reason;
    const Toolchain* toolchain = probe.probe(name, reason);
    if (toolchain == nullptr) {
      refused.push_back(reason);
      continue;
    }
    found.push_back(fmt::format("{} ({})", toolchain->name, toolchain->version));
    if (toolchain->bolt && toolchain->merge_fdata) bolt = *toolchain->bolt;
    if (!gcc && !toolchain->profdata)
      without_profdata.push_back(toolchain->version.substr(0, toolchain->version.find('.')));
  }
  if (found.empty() && !refused.empty())
    return {topic, gcc ? Level::problem : Level::note, refused.front(),
            fmt::format("apt-get install {}", topic)};
  if (found.empty())
    return {topic, gcc ? Level::problem : Level::note, "none found",
            gcc ? "apt-get install gcc" : "apt-get install clang-19 lld-19 llvm-19"};
  const std::string list = fmt::format("{}", fmt::join(found, ", "));
  if (!refused.empty())
    return {topic, Level::note, fmt::format("{}; not usable: {}", list, refused.front()),
            "see the reason; sweeps that name it leave it out"};
  if (without_profdata.empty()) return {topic, Level::ok, list, ""};
  return {topic, Level::note,
          fmt::format("{}; no PGO with clang {}, which lacks llvm-profdata", list,
                      fmt::join(without_profdata, ", ")),
          fmt::format("apt-get install llvm-{}", fmt::join(without_profdata, " llvm-"))};
}

// Of other releases; they are fetched when a definition names them, so there need not be any.
void add_fetched(std::vector<Finding>& findings, const fs::path& store) {
  std::error_code none;
  if (!fs::is_regular_file(store / "FORMAT", none)) return;
  const auto names = stored_debian_compilers(Store(store));
  if (!names.empty())
    findings.push_back(
        {"fetched compilers", Level::ok, fmt::format("{}", fmt::join(names, ", ")), ""});
}

// llvm-bolt -instrument links its runtime in, which lies in a lib folder beside its own.
Finding bolt_tools(const std::optional<fs::path>& bolt) {
  if (!bolt)
    return {"BOLT", Level::note, "not found: bolt=on is dropped from sweeps",
            "apt-get install bolt-19"};
  std::error_code ignored;
  const fs::path prefix = fs::canonical(*bolt, ignored).parent_path().parent_path();
  for (const char* lib : {"lib", "lib64"}) {
    if (fs::exists(prefix / lib / "libbolt_rt_instr.a", ignored))
      return {"BOLT", Level::ok, "llvm-bolt, merge-fdata and their runtime", ""};
  }
  return {"BOLT", Level::note,
          fmt::format("{} lacks its runtime, lib/libbolt_rt_instr.a: builds with bolt=on fail",
                      bolt->string()),
          "apt-get install --reinstall bolt-19, or an LLVM that was built with the runtime"};
}

// Modules that a CPython built here will lack.
std::optional<Finding> modules(ToolchainProbe& probe) {
  std::string unused;
  const Toolchain* gcc = probe.probe("gcc", unused);
  if (gcc == nullptr) return std::nullopt;
  const auto& absent = gcc->absent_modules;
  if (absent.empty())
    return Finding{"modules", Level::ok, "the headers of all optional modules are there", ""};
  const bool expected = std::all_of(absent.begin(), absent.end(), is_rarely_missed);
  return Finding{"modules", expected ? Level::note : Level::problem,
                 fmt::format("builds will lack {} (as far as their version has them)",
                             fmt::join(absent, ", ")),
                 "apt-get install " + packages_for(absent)};
}

std::vector<Finding> compilers(ProcessRunner& runner) {
  ToolchainProbe probe(runner);
  std::optional<fs::path> bolt;
  std::vector<Finding> findings;
  for (const CompilerFamily family : {CompilerFamily::gcc, CompilerFamily::clang})
    findings.push_back(compilers_of(family, probe, bolt));
  findings.push_back(bolt_tools(bolt));
  if (auto finding = modules(probe)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace

std::vector<Finding> examine(ProcessRunner& runner, const fs::path& root,
                             const MachineTuning& tuning, const fs::path& store) {
  std::vector<Finding> findings = check_machine(root);
  findings.push_back(tuning.finding());
  findings.push_back(disk(store));
  findings.push_back(page_size());
  findings.push_back(suite_packages());
  for (auto& finding : check_limits(root)) findings.push_back(std::move(finding));
  for (auto& finding : examine_environment(current_environment(), root))
    findings.push_back(std::move(finding));
  for (auto& finding : compilers(runner)) findings.push_back(std::move(finding));
  add_fetched(findings, store);
  for (auto& finding : check_packages(runner, host_architecture(), find_program("python3")))
    findings.push_back(std::move(finding));
  return findings;
}

}  // namespace pytune
