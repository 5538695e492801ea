#include "cli/doctor_tune.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>

#include "cli/console_style.h"
#include "input/json.h"
#include "report/text.h"
#include "sys/error.h"
#include "sys/inheritance.h"
#include "sys/process.h"
#include "sys/system_reason.h"

namespace pytune {
namespace {

using State = TuneStep::State;

// A machine has a governor for each of its CPUs: steps that differ by the file alone are one line.
bool alike(const TuneStep& a, const TuneStep& b) {
  return a.topic == b.topic && a.from == b.from && a.to == b.to && a.state == b.state &&
         a.reason == b.reason && a.path.filename() == b.path.filename();
}

void print_step(const TuneStep& step, std::size_t others, const ConsoleStyle& style) {
  const Tone tone = step.state == State::fine || step.state == State::done ? Tone::good
                    : step.state == State::left                            ? Tone::caution
                                                                           : Tone::bad;
  const std::string value =
      step.state == State::fine ? step.from : fmt::format("{} -> {}", step.from, step.to);
  std::cout << fmt::format("{} {} {}: {}{}{}\n", pad_right(step.topic, 14),
                           paint(pad_right(to_string(step.state), 8), tone, style.color), value,
                           step.path.string(),
                           others > 0 ? fmt::format(" and {} more", others) : "",
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

// Says on stderr what is not as asked: stdout is the command's.
void warn_of(const TuneReport& report) {
  for (const TuneStep& step : report.steps) {
    if (step.state == State::left || step.state == State::failed)
      std::cerr << fmt::format("pytune: warning: {}: {} -> {}: {}: {}; {}\n", step.topic, step.from,
                               step.to, step.path.string(), step.reason, step.remedy);
  }
}

// In our process group and on our terminal, so that an interrupt from there reaches it by itself;
// one that was sent to us alone is passed on. Its exit status as a shell gives it.
int run_command(std::vector<std::string> words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw Failure(fmt::format("cannot start {}: {}", words[0], system_reason(errno)));
  if (pid == 0) {
    give_back_inheritance();
    execvp(argv[0], argv.data());
    const std::string why =
        fmt::format("pytune: cannot run {}: {}\n", words[0], std::strerror(errno));
    (void)!write(2, why.data(), why.size());
    _exit(127);
  }
  int status = 0;
  for (bool passed_on = false;;) {
    const pid_t done = waitpid(pid, &status, WNOHANG);
    if (done == pid) break;
    if (done < 0 && errno != EINTR)
      throw Failure(fmt::format("cannot wait for {}: {}", words[0], std::strerror(errno)));
    if (stop_requested() && !passed_on) {
      kill(pid, SIGTERM);
      passed_on = true;
    }
    usleep(20'000);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// However the command ended, and however often somebody asks to stop meanwhile: putting back is
// what is left to do.
TuneReport put_back(MachineTuning& tuning, MachineTuning::ForCommand& command, bool force) {
  while (true) {
    clear_stop_request();
    try {
      return tuning.end_command(command, force);
    } catch (const Interrupted&) {
      continue;
    }
  }
}

int run_tuned(MachineTuning& tuning, bool force, const std::vector<std::string>& words) {
  MachineTuning::ForCommand command = tuning.begin_command(force);
  warn_of(command.report);
  std::exception_ptr trouble;
  int status = 1;
  try {
    status = run_command(words);
  } catch (...) {
    trouble = std::current_exception();
  }
  const TuneReport restored = put_back(tuning, command, force);
  warn_of(restored);
  if (trouble) std::rethrow_exception(trouble);
  return status == 0 && !restored.complete() ? 1 : status;
}

}  // namespace

int run_tune(const Options& options, MachineTuning& tuning) {
  const bool tune = options.given("tune");
  if (tune && options.given("restore")) throw UsageError("--tune or --restore, not both");
  const bool force = options.given("force");
  if (options.given("command")) {
    if (!tune || options.given("json"))
      throw UsageError("a command goes with --tune, without --json: doctor --tune -- COMMAND");
    return run_tuned(tuning, force, options.texts("command"));
  }
  const TuneReport report = tune ? tuning.tune(force) : tuning.restore(force);
  if (options.given("json")) {
    std::cout << dump_json(report_json(report), 1) << std::endl;
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
