// The sections under the table: what brought the speed, what it costs, and what did not work.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "input/json.h"
#include "input/text.h"
#include "report/console.h"
#include "report/sentences.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"
#include "sys/error.h"

namespace pytune {
namespace {

// What differs from the baseline. A point dropped by another version of pytune may hold axes this
// one does not know.
std::string describe_point(const DroppedPoint& point, const Build* baseline) {
  try {
    const Configuration base = baseline == nullptr ? Configuration() : baseline->configuration;
    return printable(configuration_from_json(point.configuration).difference(base));
  } catch (const UsageError&) {
    return printable(dump_json(point.configuration));
  }
}

std::string change(const Contribution& contribution) {
  const auto shown = [&](const std::string& value) {
    if (contribution.axis == Cpu::name) return printable(shown_cpu(value));
    return value.empty() ? std::string("(none)") : printable(value);
  };
  return shown(contribution.from) + " -> " + shown(contribution.to);
}

}  // namespace

void print_rebuilds(const Page& page, const SweepResult& result) {
  if (!result.rebuilds || !result.rebuilds->comparison) return;
  const RebuildComparison& rebuilt = *result.rebuilds->comparison;
  page.heading(fmt::format("Built anew, with another link order and other training ({})",
                           name_of(evidence_of(result))));
  const auto list = [&](std::string_view whose, const std::vector<Interval>& builds,
                        double spread) {
    std::string figures;
    for (const Interval& one : builds)
      figures += fmt::format("{}{}", figures.empty() ? "" : ", ", ratio(one.estimate));
    page.item("  ", fmt::format("{}: {} (builds differ by a standard deviation of {:.2f} %)", whose,
                                figures, 100 * spread));
  };
  list("the winner", rebuilt.winner, rebuilt.winner_spread);
  list("the baseline", rebuilt.baseline, rebuilt.baseline_spread);
  page.item("  ", fmt::format("the winner's flags over all of them: {}  {}  {}",
                              ratio(rebuilt.speed.estimate), range(rebuilt.speed),
                              verdict_word(rebuilt.verdict, is_counted(result.race))));
}

void print_networks(const Page& page, const SweepResult& result) {
  if (!result.numeric || result.numeric->networks.empty()) return;
  const auto& networks = result.numeric->networks;
  const bool counted = is_counted(result.numeric->comparison);
  page.heading(fmt::format("Networks in bf16 against float32 ({}, {:.4g} % intervals)",
                           name_of(evidence_of(result)),
                           result.numeric->comparison.confidence * 100));
  std::size_t width = 0;
  for (const NetworkInBf16& one : networks)
    width = std::max(width, display_width(printable(one.network)));
  for (const NetworkInBf16& one : networks)
    page.item(fmt::format("  {}  {} {}  ", pad_right(printable(one.network), width),
                          pad_left(ratio(one.speed.estimate), 6), pad_right(range(one.speed), 11)),
              fmt::format("outputs differ by {:.2g} %, the largest is the same in {} of {}",
                          100 * one.difference, one.same_largest, one.rows));
  page.item("  ", fmt::format("matrix products by bf16mm on the baseline ({} and {}), without what "
                              "lies between them; above 1: bf16 {}.",
                              printable(networks.front().float32_backend),
                              printable(networks.front().bf16_backend),
                              counted ? "executes fewer instructions" : "is faster"));
}

void print_contributions(const Page& page, const SweepResult& result) {
  const auto& list = result.recommendation.contributions;
  if (list.empty()) return;
  page.heading(fmt::format("What each flag brought ({}, {:.4g} % intervals)",
                           name_of(evidence_of(result)), result.race.confidence * 100));
  std::size_t axis_width = 0;
  std::size_t change_width = 0;
  for (const Contribution& one : list) {
    axis_width = std::max(axis_width, display_width(printable(one.axis)));
    change_width = std::max(change_width, display_width(change(one)));
  }
  // Figures stay in one column; only a change longer than a third of the line pushes its own to the
  // next.
  change_width = std::min(change_width, page.width / 3);
  for (const Contribution& one : list) {
    std::string first = fmt::format("  {}  {}  ", pad_right(printable(one.axis), axis_width),
                                    pad_right(change(one), change_width));
    const std::size_t indent = axis_width + change_width + 6;
    if (display_width(first) > indent) {
      fmt::print(page.out, "{}\n", first.substr(0, first.find_last_not_of(' ') + 1));
      first.assign(indent, ' ');
    }
    // A figure that belongs to several axes together would be read as this one's.
    if (one.basis.starts_with("not separable"))
      page.item(first, fmt::format("{}: together {}  {}", printable(one.basis),
                                   ratio(one.speed.estimate), range(one.speed)));
    else if (one.basis.starts_with("counted under"))
      page.item(first, printable(one.basis));
    else
      page.item(first + fmt::format("{}  {}  {}  ", ratio(one.speed.estimate), range(one.speed),
                                    pad_left(percent(one.speed.estimate), 7)),
                printable(one.basis));
  }
}

void print_regressions(const Page& page, const SweepResult& result) {
  const auto& list = result.recommendation.regressions;
  if (list.empty()) return;
  page.heading(fmt::format("{} than the baseline on ({})",
                           is_counted(result.race) ? "More instructions" : "Slower",
                           name_of(evidence_of(result))));
  for (const std::string& sentence : list) page.item("  ", printable(sentence));
}

void print_failures(const Page& page, const SweepResult& result) {
  const auto failed = std::count_if(result.builds.begin(), result.builds.end(),
                                    [](const Build& build) { return !build.ok(); });
  if (failed == 0) return;
  page.heading(fmt::format("Failed ({})", failed));
  for (const Build& build : result.builds) {
    if (build.ok()) continue;
    const BuildFailure& failure = *build.failure;
    fmt::print(page.out, "  {}: {}\n", build_name(result, build),
               paint(printable(failure.failure_class) + " in stage " + printable(failure.stage),
                     Tone::bad, page.color));
    if (!failure.message.empty()) page.item("    ", printable(failure.message));
    if (!failure.remedy.empty()) page.item("    remedy: ", printable(failure.remedy));
    if (!failure.log.empty()) fmt::print(page.out, "    log: {}\n", printable(failure.log));
    if (!failure.deterministic) page.item("    ", "The next pytune sweep tries it again.");
  }
}

void print_dropped(const Page& page, const SweepResult& result) {
  if (result.dropped.empty()) return;
  constexpr std::size_t kNamed = 3;  // points spelt out for each reason; the JSON has them all
  struct Group {
    std::string reason;
    std::vector<std::string> points;
  };
  std::vector<Group> groups;  // in the order of first appearance, which is the plan's
  const Build* baseline = find_build(result, result.baseline_build);
  for (const DroppedPoint& point : result.dropped) {
    const std::string reason = printable(point.reason);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return g.reason == reason; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{reason, {}});
    group->points.push_back(describe_point(point, baseline));
  }
  page.heading(fmt::format("Dropped before building ({})", result.dropped.size()));
  for (const Group& group : groups) {
    page.item(fmt::format("  {:>3} x ", group.points.size()), group.reason);
    for (std::size_t i = 0; i < std::min(kNamed, group.points.size()); ++i)
      page.item("        ", group.points[i]);
    if (group.points.size() > kNamed)
      page.item("        ",
                fmt::format("and {} more (--json names them)", group.points.size() - kNamed));
  }
}

// What the baseline skipped, no build was measured on.
void print_skipped(const Page& page, const SweepResult& result) {
  std::vector<Skipped> skipped = result.measurement.skipped;
  // An interpreter without bf16mm lacks all of the networks, for one reason.
  const auto seen = [&](const Skipped& other) {
    return std::any_of(skipped.begin(), skipped.end(), [&](const Skipped& one) {
      return one.arm == other.arm && one.reason == other.reason;
    });
  };
  for (const Skipped& one :
       result.numeric ? result.numeric->measurement.skipped : std::vector<Skipped>())
    if (!seen(one)) skipped.push_back({"numeric", one.arm, one.reason});
  if (skipped.empty()) return;
  page.heading(fmt::format("Skipped ({})", skipped.size()));
  for (const Skipped& one : skipped)
    page.item(fmt::format("  {} on {}: ", printable(one.workload), arm_label(result, one.arm)),
              printable(one.reason));
}

void print_warnings(const Page& page, const SweepResult& result) {
  const auto warnings = all_warnings(result);
  if (warnings.empty()) return;
  page.heading(fmt::format("Warnings ({})", warnings.size()));
  for (const std::string& warning : warnings) page.item("  ! ", warning);
}

}  // namespace pytune
