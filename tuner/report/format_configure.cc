// At most eight lines for a person who builds a plain tree: variables that configure reads from the
// environment, and its options. Upstream's training takes the place of pytune's, so the second line
// says what that gives up, from two builds of the sweep that differ in nothing else.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "analyze/recommendation.h"
#include "input/text.h"
#include "report/formats.h"
#include "report/plain_tree.h"
#include "report/reproduction.h"
#include "report/sentences.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"
#include "spec/environment.h"
#include "sys/process.h"

namespace pytune {
namespace {

// Lines of exports, by what they are for; what is in none of them comes last.
const std::vector<std::vector<std::string_view>> kLines = {
    {"CC", "AR", "RANLIB", "OPT"},
    {"CFLAGS_NODIST"},
    {"LDFLAGS_NODIST"},
};

// Of two builds that differ in the training alone: the chosen one's pair before another.
std::optional<Interval> gain_of_training(const SweepResult& result, const Build& chosen) {
  std::optional<Interval> found;
  for (const Build& trained : result.builds) {
    if (trained.configuration.get<Pgo>() != Pgo::Value::training) continue;
    Configuration upstream = trained.configuration;
    upstream.set<Pgo>(Pgo::Value::upstream);
    for (const Build& other : result.builds) {
      if (other.configuration != upstream || (found && trained.id != chosen.id)) continue;
      const Interval speed = speed_between(result.measurement, Phase::race, other.id, trained.id,
                                           {.confidence = result.race.confidence});
      if (speed.low > 0) found = speed;
    }
  }
  return found;
}

std::string training_words(const SweepResult& result, const Build& build) {
  if (build.configuration.get<Pgo>() != Pgo::Value::training) return "";
  const auto gain = gain_of_training(result, build);
  if (!gain)
    return "trained by upstream's task here instead of pytune's programs; what that gives up was "
           "not measured (a configuration with pgo=upstream would show it)";
  return fmt::format(
      "trained by upstream's task here: pytune's programs made the build {} the one trained so "
      "({})",
      against(*gain, is_counted(result.race)), interval_words(*gain, result.race.confidence));
}

// What the lines cannot say, in one.
std::string limits(const SweepResult& result, const Build& build) {
  std::vector<std::string> parts;
  if (const std::string line = export_line(environment_of(build.configuration)); !line.empty())
    parts.push_back("run it with: " + printable(line));
  if (const std::string training = training_words(result, build); !training.empty())
    parts.push_back(training);
  if (build.configuration.get<Bolt>() == Bolt::Value::on)
    parts.emplace_back("llvm-bolt gets CPython's own flags");
  if (build.configuration.get<ModuleLinkage>() == ModuleLinkage::Value::static_)
    parts.emplace_back("modules for CPython's own tests are left out");
  if (build.configuration.get<PgoKind>() != PgoKind::initial())
    parts.emplace_back("configure's profile is of clang's front end, whatever pgo_kind was here");
  if (build.configuration.get<Libpython>() == Libpython::Value::both)
    parts.emplace_back(
        "for a static interpreter beside the library: make LINK_PYTHON_OBJS='$(LIBRARY_OBJS)'");
  parts.emplace_back("the exact build: pytune recommend --format shell");
  return fmt::format("{}", fmt::join(parts, "; "));
}

// Of a program where every system has programs: by its name, which is the same elsewhere.
std::string shown(const std::string& value) {
  constexpr std::string_view kUsual = "/usr/bin/";
  return value.starts_with(kUsual) ? value.substr(kUsual.size()) : value;
}

std::string exports(const PlainTree& tree, const std::vector<std::string_view>& names,
                    bool others) {
  std::vector<std::string> words;
  for (const auto& [name, value] : tree.variables) {
    const bool named = std::find(names.begin(), names.end(), name) != names.end();
    if (named != others) words.push_back(name + "=" + shell_quote(shown(value)));
  }
  return words.empty() ? "" : fmt::format("export {}\n", fmt::join(words, " "));
}

}  // namespace

std::string configure_form(const ChosenBuild& chosen) {
  const Build& build = chosen.build;
  static_cast<void>(reproduction_of(build));  // refuses what the other forms refuse
  const PlainTree tree = plain_tree(build);
  std::string text =
      fmt::format("# CPython {}, {}: {} ({})\n# {}\n", printable(build.source_version),
                  build_name(chosen.sweep, build), speed_sentence(chosen.sweep, build),
                  name_of(evidence_of(chosen.sweep)), limits(chosen.sweep, build));
  if (build.configuration.get<Patches>() != "none")
    text += build.configuration.get<Patches>() == "series"
                ? "pytune patches apply .\n"
                : fmt::format("pytune patches apply . --patch {}\n",
                              shell_quote(build.configuration.get<Patches>()));
  std::vector<std::string_view> named;
  for (const auto& names : kLines) {
    text += exports(tree, names, false);
    named.insert(named.end(), names.begin(), names.end());
  }
  text += exports(tree, named, true);
  std::vector<std::string> options = tree.options;
  if (build.configuration.get<Bolt>() == Bolt::Value::on) options.emplace_back("--enable-bolt");
  text += "./configure";
  for (const std::string& option : options) text += " " + shell_quote(option);
  return text + "\n";
}

}  // namespace pytune
