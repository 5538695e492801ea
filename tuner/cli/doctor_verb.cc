// `pytune doctor`: is this machine fit? And `--tune`, which makes it so.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "campaign/examine.h"
#include "cli/console_style.h"
#include "cli/doctor_tune.h"
#include "cli/verb.h"
#include "input/json.h"
#include "input/text.h"
#include "report/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

using Level = Finding::Level;

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

nlohmann::json findings_json(const std::vector<Finding>& findings, bool fit) {
  nlohmann::json j = {{"schema", 1}, {"fit", fit}, {"findings", nlohmann::json::array()}};
  for (const Finding& finding : findings)
    j["findings"].push_back({{"topic", finding.topic},
                             {"level", to_string(finding.level)},
                             {"state", finding.state},
                             {"remedy", finding.remedy}});
  return j;
}

int run_doctor(const Options& options) {
  const std::filesystem::path root = options.text("root", "/");
  MachineTuning tuning(root, options.text("state", "/var/lib/pytune"));
  if (options.given("tune") || options.given("restore")) return run_tune(options, tuning);
  if (options.given("command"))
    throw UsageError("a command goes with --tune: doctor --tune -- COMMAND");
  if (options.given("force")) throw UsageError("--force goes with --tune or --restore");
  SystemRunner runner;
  const auto findings = examine(runner, root, tuning, options.store());
  const bool fit = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Level::problem;
  });
  if (options.given("json"))
    std::cout << dump_json(findings_json(findings, fit), 1) << std::endl;
  else
    print_findings(findings, console_style(options));
  return fit ? 0 : 3;
}

}  // namespace

Verb doctor_verb() {
  return {"doctor",
          "check whether this machine is fit to build and to measure on",
          "doctor [OPTIONS] | doctor --tune -- COMMAND...",
          {"command..."},
          {{"json", nullptr, "Print the findings, or what was set, as JSON on standard output."},
           no_color_option(),
           {"tune", nullptr,
            "Set governor, turbo, ASLR, swappiness, perf and huge pages for even times. Needs "
            "root."},
           {"command", "WORDS...",
            "With --tune, after --: run this command, then put every setting back."},
           {"restore", nullptr,
            "Put back what was there before --tune, also after a crash. Needs root."},
           {"force", nullptr,
            "With --tune or --restore: also change settings that somebody else changed since."},
           {"root", "DIR", "Directory that holds proc/ and sys/, for tests. Default: /."},
           {"state", "DIR",
            "Directory where --tune keeps the previous settings. Default: /var/lib/pytune."},
           {"store", "DIR", "Directory of the store, to check its free space."}},
          run_doctor};
}

}  // namespace pytune
