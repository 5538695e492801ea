#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/console_style.h"
#include "cli/verb.h"
#include "measure/machine_check.h"
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

Finding compilers_of(CompilerFamily family, ToolchainProbe& probe, bool& bolt) {
  const bool gcc = family == CompilerFamily::gcc;
  const std::string topic = gcc ? "gcc" : "clang";
  std::vector<std::string> found;
  std::vector<std::string> without_profdata;
  for (const auto& name : probe.discover(family)) {
    std::string reason;
    const Toolchain* toolchain = probe.probe(name, reason);
    if (toolchain == nullptr) continue;
    found.push_back(fmt::format("{} ({})", toolchain->name, toolchain->version));
    bolt = bolt || (toolchain->bolt && toolchain->merge_fdata);
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

std::vector<Finding> compilers(ProcessRunner& runner) {
  ToolchainProbe probe(runner);
  bool bolt = false;
  std::vector<Finding> findings;
  for (const CompilerFamily family : {CompilerFamily::gcc, CompilerFamily::clang})
    findings.push_back(compilers_of(family, probe, bolt));
  if (bolt)
    findings.push_back({"BOLT", Level::ok, "llvm-bolt and merge-fdata", ""});
  else
    findings.push_back({"BOLT", Level::note, "not found: bolt=on is dropped from sweeps",
                        "apt-get install bolt-19"});
  return findings;
}

// Versions below which these misbehave on Arm: seed talk, and the projects' release notes.
std::vector<Finding> packages(ProcessRunner& runner) {
  const auto python = find_program("python3");
  if (!python || read_host().architecture != "aarch64") return {};
  constexpr const char* kAsk = R"(
import re
from importlib import metadata
for name, oldest in ("numpy", (1, 21, 1)), ("scipy", (1, 7, 2)), ("scipy-openblas64", (0, 3, 17)):
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        continue
    numbers = tuple(int(n) for n in re.findall(r"[0-9]+", version)[:3])
    if numbers < oldest:
        print(name, version, ".".join(map(str, oldest)))
)";
  Command command;
  command.argv = {python->string(), "-I", "-c", kAsk};
  command.timeout = std::chrono::seconds(30);
  const Outcome outcome = runner.run(command);
  if (!outcome.ok())
    return {{"packages", Level::note, "could not be asked for: " + outcome.describe(),
             "see what python3 -c pass says"}};
  std::vector<Finding> findings;
  std::size_t start = 0;
  while (start < outcome.output.size()) {
    const std::size_t end = std::min(outcome.output.find('\n', start), outcome.output.size());
    const std::string line = report::one_line(outcome.output.substr(start, end - start));
    findings.push_back(
        {"packages", Level::problem, line.substr(0, line.rfind(' ')) + " is slow or wrong on Arm",
         fmt::format("in its environment: pip install '{}>={}'", line.substr(0, line.find(' ')),
                     line.substr(line.rfind(' ') + 1))});
    start = end + 1;
  }
  if (findings.empty())
    findings.push_back({"packages", Level::ok, "no NumPy or SciPy that is too old for Arm", ""});
  return findings;
}

void print_findings(const std::vector<Finding>& findings, const ConsoleStyle& style) {
  using report::Tone;
  std::size_t problems = 0;
  for (const Finding& finding : findings) {
    const Tone tone = finding.level == Level::ok     ? Tone::good
                      : finding.level == Level::note ? Tone::caution
                                                     : Tone::bad;
    problems += finding.level == Level::problem ? 1 : 0;
    std::cout << fmt::format(
        "{} {} {}\n", report::pad_right(finding.topic, 14),
        report::paint(report::pad_right(to_string(finding.level), 8), tone, style.color),
        report::one_line(finding.state));
    if (!finding.remedy.empty())
      std::cout << fmt::format("{:24}-> {}\n", "", report::one_line(finding.remedy));
  }
  std::cout << fmt::format("\n{} problem{}; nothing was changed.\n", problems,
                           problems == 1 ? "" : "s");
}

}  // namespace

po::options_description doctor_options() {
  po::options_description options("options");
  options.add_options()("json", "the findings as JSON on stdout")(
      "no-color", "no colours; NO_COLOR does the same");
  add_store_option(options);
  return options;
}

int run_doctor(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, doctor_options(), "doctor [OPTIONS]");
  if (!parsed) return 0;
  SystemRunner runner;
  // The store is not opened: that would make it.
  const fs::path store =
      parsed->contains("store") ? fs::path((*parsed)["store"].as<std::string>()) : default_store();
  std::vector<Finding> findings = check_machine("/");
  findings.push_back(disk(store));
  findings.push_back(page_size());
  for (auto& finding : compilers(runner)) findings.push_back(std::move(finding));
  for (auto& finding : packages(runner)) findings.push_back(std::move(finding));
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
