// The summary's frame: what to take, how sure that is, and what to do next. The sections between
// are in console_*.cc.
#include "report/console.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "input/text.h"
#include "report/sentences.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"

namespace pytune {
namespace {

// The fastest build that is not the baseline, by the race; nothing when none was measured.
const ArmComparison* fastest_candidate(const SweepResult& result) {
  const ArmComparison* best = nullptr;
  for (const ArmComparison& arm : result.race.arms) {
    const Arm* known = find_arm(result, arm.arm);
    const bool candidate = known == nullptr ? find_build(result, arm.arm) != nullptr
                                            : known->role == Arm::Role::candidate;
    if (candidate && (best == nullptr || arm.speed.estimate > best->speed.estimate)) best = &arm;
  }
  return best;
}

std::string verdict_words(const ArmComparison& arm, bool counted) {
  const std::string verdict = verdict_word(arm.verdict, counted);
  return arm.verdict == Verdict::cannot_tell ? verdict + ", " + time_to_tell(arm.minutes_to_tell)
                                             : verdict;
}

// Why there is no winner, in terms of the build that came nearest.
std::string no_winner_reason(const SweepResult& result) {
  const ArmComparison* best = fastest_candidate(result);
  if (best == nullptr) return "no other build could be measured";
  const std::string label = arm_label(result, best->arm);
  const bool counted = is_counted(result.race);
  const char* first = counted ? "the one with fewest instructions" : "the fastest";
  // Not "faster": that is what could not be shown.
  const auto came_to = [&](const Interval& speed, const Comparison& comparison) {
    const std::string figure =
        counted ? against(speed, counted) + " it" : ratio(speed.estimate) + " its speed";
    return fmt::format("came to {}, {}", figure, interval_words(speed, comparison.confidence));
  };
  if (result.rebuilds && result.rebuilds->comparison) {
    const RebuildComparison& rebuilt = *result.rebuilds->comparison;
    return fmt::format(
        "{}, {}, did not hold up: built anew {} times it came to {} the baseline built anew, {}, "
        "so "
        "its lead may be an accident of code layout",
        first, label, rebuilt.winner.size(),
        counted ? against(rebuilt.speed, counted) : ratio(rebuilt.speed.estimate) + " the speed of",
        interval_words(rebuilt.speed, rebuilt.confidence));
  }
  const ArmComparison* confirmed =
      result.confirm ? find_comparison(*result.confirm, best->arm) : nullptr;
  if (best->verdict == Verdict::faster && confirmed != nullptr)
    return fmt::format("{} in the race, {}, did not hold up: on fresh rounds it {}", first, label,
                       came_to(confirmed->speed, *result.confirm));
  return fmt::format("{} other build, {}, {}: {}", first, label, came_to(best->speed, result.race),
                     verdict_words(*best, counted));
}

// One line whatever its length: scripts and people look for the answer here.
void print_headline(const Page& page, const SweepResult& result) {
  const Recommendation& recommended = result.recommendation;
  const std::string evidence = std::string(name_of(evidence_of(result)));
  if (!recommended.significant) {
    const std::string baseline = arm_label(result, result.baseline_build);
    fmt::print(
        page.out, "{}: keep the baseline{} ({})\n",
        paint(fmt::format("No significant winner ({})", evidence), Tone::heading, page.color),
        baseline == "baseline" ? "" : " " + baseline, no_winner_reason(result));
    return;
  }
  const Comparison& basis = recommended.confirmed && result.confirm ? *result.confirm : result.race;
  fmt::print(page.out, "{}: {}: {} the baseline ({}), {}\n",
             paint(fmt::format("Recommended ({})", evidence), Tone::heading, page.color),
             paint(arm_label(result, recommended.arm), Tone::good, page.color),
             against(recommended.speed, is_counted(basis)),
             interval_words(recommended.speed, basis.confidence),
             recommended.confirmed
                 ? confirmation_words(recommended.confirmed, recommended.rebuilds)
                 : "not confirmed on fresh rounds, so a chosen winner's luck is still in it");
}

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
  page.item(
      "", fmt::format("{}On {}, {} CPU{}, {}, {}{}; CPython {}; {} min building, {} min measuring",
                      result.target.empty()
                          ? ""
                          : fmt::format("For {}, under an emulator. ", printable(result.target)),
                      printable(host.cpu_model), host.cpus, host.cpus == 1 ? "" : "s",
                      printable(host.os), printable(host.libc),
                      host.virtualized ? ", virtual machine" : "",
                      result.builds.empty() ? "?" : printable(result.builds[0].source_version),
                      fmt::format("{:.0f}", result.build_minutes),
                      fmt::format("{:.0f}", result.measure_minutes)));
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
  print_headline(page, result);
  print_against_system(page, result);
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
  print_next(page, result);
}

}  // namespace pytune
