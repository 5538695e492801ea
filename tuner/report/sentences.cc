#include "report/sentences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "input/text.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"
#include "spec/environment.h"

namespace pytune {

std::string confirmation_words(bool confirmed, int rebuilds) {
  if (!confirmed) return "";
  return rebuilds > 0 ? fmt::format("confirmed on fresh rounds and over {} rebuilds", rebuilds)
                      : "confirmed on fresh rounds";
}

std::string speed_sentence(const SweepResult& result, const Build& build) {
  if (build.id == result.baseline_build) return "the baseline, which every other is compared with";
  const auto figure = figure_of(result, build);
  if (!figure) return "not measured";
  const std::string confirmed = confirmation_words(figure->confirmed, figure->rebuilds);
  return fmt::format("{} the baseline ({}){}{}", against(figure->speed, is_counted(result.race)),
                     interval_words(figure->speed, figure->confidence),
                     confirmed.empty() ? "" : ", ", confirmed);
}

std::string tests_sentence(const SweepResult& result, const Build& build) {
  const auto tested = std::find_if(result.tests.begin(), result.tests.end(),
                                   [&](const TestedBuild& one) { return one.build == build.id; });
  if (tested == result.tests.end()) return "";
  const std::string text =
      fmt::format("CPython's own tests: {} in {} files", tested->ran, tested->files);
  if (!tested->problem.empty())
    return fmt::format("{}; not all were run: {}", text, printable(tested->problem));
  if (!tested->only_here.empty())
    return fmt::format("{}; {} fail that the baseline passes, such as {}", text,
                       tested->only_here.size(), printable(tested->only_here.front()));
  return tested->failing.empty()
             ? text + ", none fails"
             : fmt::format("{}, {} fail, as on the baseline", text, tested->failing.size());
}

std::string run_with_sentence(const Build& build) {
  const std::string line = export_line(environment_of(build.configuration));
  return line.empty() ? "" : "Run it with: " + printable(line);
}

std::string modules_sentence(const Build& build) {
  return build.missing_modules.empty()
             ? ""
             : fmt::format("Lacks the modules {}", fmt::join(build.missing_modules, ", "));
}

std::vector<std::string> all_warnings(const SweepResult& result) {
  std::vector<std::string> warnings;
  const auto add = [&](const std::string& text) {
    const std::string line = printable(text);
    if (std::find(warnings.begin(), warnings.end(), line) == warnings.end())
      warnings.push_back(line);
  };
  for (const auto& text : result.warnings) add(text);
  for (const auto& text : result.race.warnings) add(text);
  if (result.confirm)
    for (const auto& text : result.confirm->warnings) add(text);
  for (const auto& text : result.measurement.notes) add(text);
  // Not the numeric comparison's own: that its rounds are few is meant.
  if (result.numeric)
    for (const auto& text : result.numeric->measurement.notes) add(text);
  for (const Build& build : result.builds)
    if (!build.unprofiled_functions.empty())
      add(
          fmt::format("{}: the profile did not fit {}, which was optimized without it; train with "
                      "the same flags (cflags, opt, cpu) where these matter",
                      build_name(result, build), fmt::join(build.unprofiled_functions, ", ")));
  for (const Build& build : result.builds)
    for (const auto& text : build.flag_mismatches)
      add(
          fmt::format("{}: {}; judge this build by its effective flags (pytune recommend --format "
                      "json), not by its name",
                      build_name(result, build), text));
  return warnings;
}

}  // namespace pytune
