#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/console_style.h"
#include "cli/tuning.h"
#include "cli/verb.h"
#include "input/text.h"
#include "measure/machine_check.h"
#include "measure/machine_tune.h"
#include "measure/package_check.h"
#include "report/text.h"
#include "store/store.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/toolchain.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Level = Finding::Level;

constexpr double kSweepBytes = 8e9;  // the preset quick takes 5 GB, each further build up to 0.6

// The nearest directory that exists: the store may not have been made yet.
fs::path existing(fs::path path) {
  path = fs::absolute(path);
  while (!fs::exists(path) && path.has_relative_path()) path = path.parent_path();
  return path;
}

Finding disk(const fs::path& store) {
  const auto bytes = static_cast<double>(free_bytes(existing(store)));
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

Finding compilers_of(CompilerFamily family, ToolchainProbe& probe, std::optional<fs::path>& bolt) {
  const bool gcc = family == CompilerFamily::gcc;
  const std::string topic = gcc ? "gcc" : "clang";
  std::vector<std::string> found;
  std::vector<std::string> without_profdata;
  for (const auto& name : probe.discover(family)) {
    std::string reason;
    const Toolchain* toolchain = probe.probe(name, reason);
    if (toolchain == nullptr) continue;
    found.push_back(fmt::format("{} ({})", toolchain->name, toolchain->version));
    if (toolchain->bolt && toolchain->merge_fdata) bolt = *toolchain->bolt;
    if (!gcc && !toolchain->profdata)
      without_profdata.push_back(toolchain->version.substr(0, toolchain->version.find('.')));
  }
  if (found.empty())
    return {topic, gcc ? Level::problem : Level::note, "none found",
            gcc ? "apt-get install gcc" : "apt-get install clang-19 lld-19 llvm-19"};
  const std::string list = fmt::format("{}", fmt::join(found, ", "));
  if (without_profdata.empty()) return {topic, Level::ok, list, ""};
  return {topic, Level::note,
          fmt::format("{}; no PGO with clang {}, which lacks llvm-profdata", list,
                      fmt::join(without_profdata, ", ")),
          fmt::format("apt-get install llvm-{}", fmt::join(without_profdata, " llvm-"))};
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

std::vector<Finding> compilers(ProcessRunner& runner) {
  ToolchainProbe probe(runner);
  std::optional<fs::path> bolt;
  std::vector<Finding> findings;
  for (const CompilerFamily family : {CompilerFamily::gcc, CompilerFamily::clang})
    findings.push_back(compilers_of(family, probe, bolt));
  findings.push_back(bolt_tools(bolt));
  return findings;
}

void print_findings(const std::vector<Finding>& findings, const ConsoleStyle& style) {
  std::size_t problems = 0;
  for (const Finding& finding : findings) {
    const Tone tone = finding.level == Level::ok     ? Tone::good
                      : finding.level == Level::note ? Tone::caution
                                                     : Tone::bad;
    problems += finding.level == Level::problem ? 1 : 0;
    std::cout << fmt::format("{} {} {}\n", pad_right(finding.topic, 14),
                             paint(pad_right(to_string(finding.level), 8), tone, style.color),
                             printable(finding.state));
    if (!finding.remedy.empty())
      std::cout << fmt::format("{:24}-> {}\n", "", printable(finding.remedy));
  }
  std::cout << fmt::format("\n{} problem{}; nothing was changed.\n", problems,
                           problems == 1 ? "" : "s");
}

}  // namespace

po::options_description doctor_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("json", "the findings (or what was set) as JSON on stdout")(
      "no-color", "no colours; NO_COLOR does the same")(
      "tune",
      "set governor, turbo, ASLR, swappiness, perf permissions and huge pages for even times, and "
      "keep what was there; needs root")(
      "command", po::value<std::vector<std::string>>()->value_name("WORDS"),
      "with --tune, as words behind --: run this, and put everything back when it ends")(
      "restore", "put back exactly what was there before --tune, also after a crash")(
      "force", "with these: also where somebody changed a value since")(
      "root", text("DIR")->default_value("/"), "the /proc and /sys below this directory")(
      "state", text("DIR")->default_value("/var/lib/pytune"), "where --tune keeps what was there");
  add_store_option(options);
  return options;
}

int run_doctor(const std::vector<std::string>& arguments) {
  const auto parsed =
      parse_options(arguments, doctor_options(), "doctor [OPTIONS] | doctor --tune -- COMMAND...",
                    {"command..."});
  if (!parsed) return 0;
  SystemRunner runner;
  // The store is not opened: that would make it.
  const fs::path store =
      parsed->contains("store") ? fs::path((*parsed)["store"].as<std::string>()) : default_store();
  const fs::path root = (*parsed)["root"].as<std::string>();
  MachineTuning tuning(root, (*parsed)["state"].as<std::string>());
  if (parsed->contains("tune") || parsed->contains("restore")) return run_tuning(*parsed, tuning);
  if (parsed->contains("command"))
    throw UsageError("a command goes with --tune: doctor --tune -- COMMAND");
  if (parsed->contains("force")) throw UsageError("--force goes with --tune or --restore");
  std::vector<Finding> findings = check_machine(root);
  findings.push_back(tuning.finding());
  findings.push_back(disk(store));
  findings.push_back(page_size());
  for (auto& finding : compilers(runner)) findings.push_back(std::move(finding));
  for (auto& finding : check_packages(runner, read_host().architecture, find_program("python3")))
    findings.push_back(std::move(finding));
  bool fit = true;
  for (const Finding& finding : findings) fit = fit && finding.level != Level::problem;
  if (parsed->contains("json")) {
    nlohmann::json j = {{"schema", 1}, {"fit", fit}, {"findings", nlohmann::json::array()}};
    for (const Finding& finding : findings)
      j["findings"].push_back({{"topic", finding.topic},
                               {"level", to_string(finding.level)},
                               {"state", finding.state},
                               {"remedy", finding.remedy}});
    std::cout << j.dump(1) << std::endl;
  } else {
    print_findings(findings, console_style(*parsed));
  }
  return fit ? 0 : 3;
}

}  // namespace pytune
