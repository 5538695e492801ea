#include "cli/tuning.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/console_style.h"
#include "report/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

using State = TuneStep::State;

// A machine has a governor for each of its CPUs: steps that differ by the file alone are one line.
bool alike(const TuneStep& a, const TuneStep& b) {
  return a.topic == b.topic && a.from == b.from && a.to == b.to && a.state == b.state &&
         a.reason == b.reason && a.path.filename() == b.path.filename();
}

void print_step(const TuneStep& step, std::size_t others, const ConsoleStyle& style) {
  using report::Tone;
  const Tone tone = step.state == State::fine || step.state == State::done ? Tone::good
                    : step.state == State::left                            ? Tone::caution
                                                                           : Tone::bad;
  const std::string value =
      step.state == State::fine ? step.from : fmt::format("{} -> {}", step.from, step.to);
  std::cout << fmt::format(
      "{} {} {}: {}{}{}\n", report::pad_right(step.topic, 14),
      report::paint(report::pad_right(to_string(step.state), 8), tone, style.color), value,
      step.path.string(), others > 0 ? fmt::format(" and {} more", others) : "",
      step.reason.empty() ? "" : ": " + step.reason);
  if (!step.remedy.empty()) std::cout << fmt::format("{:24}-> {}\n", "", step.remedy);
}

void print_report(const TuneReport& report, const ConsoleStyle& style) {
  for (std::size_t i = 0; i < report.steps.size();) {
    std::size_t end = i + 1;
    while (end < report.steps.size() && alike(report.steps[i], report.steps[end])) ++end;
    print_step(report.steps[i], end - i - 1, style);
    i = end;
  }
  for (const auto& note : report.notes) std::cout << note << "\n";
}

nlohmann::json report_json(const TuneReport& report) {
  nlohmann::json j = {{"schema", 1},
                      {"complete", report.complete()},
                      {"notes", report.notes},
                      {"settings", nlohmann::json::array()}};
  for (const TuneStep& step : report.steps)
    j["settings"].push_back({{"topic", step.topic},
                             {"path", step.path.string()},
                             {"from", step.from},
                             {"to", step.to},
                             {"state", to_string(step.state)},
                             {"reason", step.reason},
                             {"remedy", step.remedy}});
  return j;
}

}  // namespace

int run_tuning(const po::variables_map& options, MachineTuning& tuning) {
  const bool tune = options.contains("tune");
  if (tune && options.contains("restore")) throw UsageError("--tune or --restore, not both");
  const bool force = options.contains("force");
  const TuneReport report = tune ? tuning.tune(force) : tuning.restore(force);
  if (options.contains("json")) {
    std::cout << report_json(report).dump(1) << std::endl;
    return report.complete() ? 0 : 1;
  }
  print_report(report, console_style(options));
  if (tune) {
    std::cout << "\nLeft alone: SMT (switching it off takes CPUs away from every program that "
                 "runs), isolated\nCPUs and page size (set at boot).\n";
    if (report.kept)
      std::cout << fmt::format(
          "What was there is kept in {}; `pytune doctor --restore` puts it back.\n",
          tuning.record_file().string());
  } else if (report.complete() && !report.steps.empty()) {
    std::cout << "\nAll is as it was before --tune.\n";
  }
  return report.complete() ? 0 : 1;
}

}  // namespace pytune
