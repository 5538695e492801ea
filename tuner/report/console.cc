// The summary's frame: what to take, how sure that is, and what to do next. The sections between
// are in console_*.cc.
#include "report/console.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "input/text.h"
#include "report/formats.h"
#include "report/headline.h"
#include "report/sentences.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"
#include "sys/error.h"

namespace pytune {
namespace {

void print_against_system(const Page& page, const SweepResult& result) {
  const auto& speed = result.recommendation.against_system;
  if (!speed || result.system_python.empty()) return;
  page.item("",
            fmt::format(
                "Against {}{}: {} it ({}, {})", result.target.empty() ? "this machine's own " : "",
                printable(result.system_python), against(*speed, is_counted(result.race)),
                interval_words(*speed, result.race.confidence), name_of(evidence_of(result))));
}

void print_conditions(const Page& page, const SweepResult& result) {
  const Host& host = result.host;
  std::vector<std::string> machine = {printable(host.cpu_model),
                                      fmt::format("{} CPU{}", host.cpus, host.cpus == 1 ? "" : "s"),
                                      printable(host.os), printable(host.libc)};
  if (host.virtualized) machine.emplace_back("virtual machine");
  const std::string version =
      result.builds.empty() ? "?" : printable(result.builds[0].source_version);
  const std::string on =
      fmt::format("On {}; CPython {}; {:.0f} min building, {:.0f} min measuring",
                  fmt::join(machine, ", "), version, result.build_minutes, result.measure_minutes);
  page.item("", result.target.empty()
                    ? on
                    : fmt::format("For {}, under an emulator. {}", printable(result.target), on));
}

void print_facts(const Page& page, const SweepResult& result) {
  for (const Build& build : result.builds)
    if (build.id == result.recommendation.arm)
      for (const std::string& fact : {run_with_sentence(build), tests_sentence(result, build)})
        if (!fact.empty()) page.item("", fact);
}

void print_configure(const Page& page, const SweepResult& result) {
  const Build* build = find_build(result, result.recommendation.arm);
  if (!result.recommendation.significant || build == nullptr) return;
  std::string text;
  try {
    text = recommend_text("configure", {result, *build, {}});
  } catch (const Failure&) {
    return;  // of a build whose records cannot be repeated; the forms say why
  }
  page.heading("To paste in a plain source tree (pytune recommend --format configure)");
  std::string_view comment;
  for (const std::string_view line : split_lines(text)) {
    // Not wrapped what is to be pasted; of the comments, the first says what stands above.
    if (!line.starts_with("# "))
      fmt::print(page.out, "{}\n", line);
    else
      comment = line.substr(2);
  }
  page.item("  ", comment);
}

void print_next(const Page& page, const SweepResult& result) {
  page.heading("Next");
  const auto step = [&page](std::string_view command, std::string_view what) {
    page.item("  " + pad_right(command, 35), what);
  };
  if (!result.recommendation.significant)
    page.item(
        "  ",
        "To narrow the intervals, raise \"rounds\" under \"measure\" in the sweep definition and "
        "run the same pytune sweep again: it goes on from what is there.");
  step("pytune recommend --format shell", "the commands that make this build, to paste anywhere");
  if (result.recommendation.significant && result.recommendation.rebuilds == 0)
    step("pytune sweep --rebuilds 3",
         "the same sweep, and then whether its flags are fast or only "
         "this one build is, by where its code happens to lie");
  step("pytune package", "an optimized, relocatable tarball of it");
}

}  // namespace

void Page::heading(std::string_view text) const {
  out << '\n';
  bool first = true;
  for (const std::string& line : wrap(text, width)) {
    fmt::print(out, "{}{}\n", first ? "" : "  ", paint(line, Tone::heading, color));
    first = false;
  }
}

void Page::item(std::string_view first, std::string_view text) const {
  const std::size_t indent = display_width(first);
  // Too deep for this terminal: better an overlong line than one word per line.
  const std::size_t room = width > indent + 20 ? width - indent : 20;
  std::string lead(first);
  for (const std::string& line : wrap(text, room)) {
    fmt::print(out, "{}{}\n", lead, line);
    lead.assign(indent, ' ');
  }
}

void print_result(std::ostream& out, const SweepResult& result, const ConsoleStyle& style) {
  const Page page{.out = out,
                  .color = style.color,
                  .utf8 = terminal_is_utf8(),
                  .width = static_cast<std::size_t>(std::clamp(style.width, 60, 200))};
  fmt::print(out, "{}\n", headline(result, style.color));
  print_against_system(page, result);
  print_facts(page, result);
  print_conditions(page, result);
  print_builds(page, result);
  print_rebuilds(page, result);
  print_contributions(page, result);
  print_networks(page, result);
  print_regressions(page, result);
  print_failures(page, result);
  print_dropped(page, result);
  print_skipped(page, result);
  print_warnings(page, result);
  print_configure(page, result);
  print_next(page, result);
}

}  // namespace pytune
