#include "spec/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "input/json.h"
#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kMaxPoints = 100'000;
constexpr std::size_t kMostKeys = 1000;
constexpr std::size_t kLongestText = 100'000;
constexpr std::size_t kLongestAbout = 400;

void check_value(const OrderedJsonView& cursor, Configuration& into, const std::string& axis) {
  const std::string value = cursor.text(kLongestText);
  if (axis == Compiler::name && (value == "gcc-*" || value == "clang-*")) return;
  if (const auto error = set_value(into, axis, value)) cursor.fail(*error);
}

Configuration read_configuration(const OrderedJsonView& cursor, const Configuration& base,
                                 const std::set<std::string>& skip = {}) {
  Configuration configuration = base;
  for (const auto& [axis, value] : cursor.members(kMostKeys)) {
    if (skip.contains(axis)) continue;
    const auto names = axis_names();
    if (std::find(names.begin(), names.end(), axis) == names.end())
      cursor.fail(fmt::format("unknown axis \"{}\"{}", axis, suggestion(axis, names)));
    if (axis == Compiler::name && value.text(kLongestText).find('*') != std::string::npos)
      value.fail("a pattern is only possible under \"axes\"");
    check_value(value, configuration, axis);
  }
  return configuration;
}

NamedConfiguration read_named(const OrderedJsonView& cursor, const Configuration& base) {
  NamedConfiguration named;
  if (cursor.value().is_object() && cursor.has("name")) {
    named.name = cursor.at("name").text(kLongestText);
    if (named.name.empty() || named.name.size() > 60)
      cursor.at("name").fail("must have 1 to 60 characters");
  }
  if (cursor.value().is_object() && cursor.has("about"))
    named.about = printable(cursor.at("about").nonempty_text(kLongestAbout), kLongestAbout);
  if (cursor.value().is_object() && cursor.has("architecture"))
    named.architecture = cursor.at("architecture").one_of({"x86_64", "aarch64"});
  named.configuration = read_configuration(cursor, base, {"name", "about", "architecture"});
  return named;
}

AxisChoices read_axis(const std::string& axis, const OrderedJsonView& cursor,
                      const Configuration& base) {
  AxisChoices choices{axis, {}};
  for (const auto& element : cursor.elements(kMaxPoints)) {
    Configuration scratch = base;
    check_value(element, scratch, axis);
    if (std::find(choices.values.begin(), choices.values.end(), element.text(kLongestText)) !=
        choices.values.end())
      element.fail(fmt::format("\"{}\" is listed twice", element.text(kLongestText)));
    choices.values.push_back(element.text(kLongestText));
  }
  if (choices.values.empty()) cursor.fail("must list at least one value");
  return choices;
}

MeasureSettings read_measure(const OrderedJsonView& cursor) {
  cursor.only_keys({"rounds", "confirm_rounds", "rebuilds", "values", "warmups", "min_time",
                    "timeout", "system_python", "numeric_rounds"});
  MeasureSettings m;
  if (cursor.has("rounds")) m.rounds = cursor.at("rounds").small_integer(1, 1000);
  if (cursor.has("confirm_rounds"))
    m.confirm_rounds = cursor.at("confirm_rounds").small_integer(0, 1000);
  if (cursor.has("rebuilds")) {
    m.rebuilds = cursor.at("rebuilds").small_integer(0, kMostRebuilds);
    if (const auto error = rebuilds_problem(m)) cursor.at("rebuilds").fail(*error);
  }
  if (cursor.has("values")) m.workers.values = cursor.at("values").small_integer(1, 100);
  if (cursor.has("warmups")) m.workers.warmups = cursor.at("warmups").small_integer(0, 100);
  if (cursor.has("min_time")) m.workers.min_time = cursor.at("min_time").number(0.001, 60);
  if (cursor.has("timeout"))
    m.workers.timeout = std::chrono::seconds(cursor.at("timeout").small_integer(1, 86'400));
  if (cursor.has("numeric_rounds"))
    m.numeric_rounds = cursor.at("numeric_rounds").small_integer(0, 1000);
  if (cursor.has("system_python")) m.system_python = cursor.at("system_python").boolean();
  return m;
}

}  // namespace

std::optional<std::string> rebuilds_problem(const MeasureSettings& measure) {
  if (measure.rebuilds < 0 || measure.rebuilds > kMostRebuilds || measure.rebuilds == 1)
    return fmt::format(
        "must be 0 or from 2 to {}: one build more does not say how far builds differ",
        kMostRebuilds);
  if (measure.rebuilds > 0 && measure.confirm_rounds == 0)
    return "needs confirm_rounds of at least 1: that often the rebuilds are measured";
  return std::nullopt;
}

namespace {

std::vector<std::string> expand_compiler(const std::string& value,
                                         const std::vector<std::string>& gccs,
                                         const std::vector<std::string>& clangs) {
  if (value == "gcc-*") return gccs;
  if (value == "clang-*") return clangs;
  return {value};
}

}  // namespace

SweepSpec parse_sweep(const std::string& text, const std::string& file) {
  const auto json = parse_ordered_json(text, file);
  const OrderedJsonView root(json, file);
  root.only_keys({"schema", "description", "source", "target", "suite", "baseline",
                  "configurations", "first_of", "axes", "max_configurations", "measure"});
  if (root.at("schema").small_integer(0, 1'000'000) != 1)
    root.at("schema").fail("this pytune reads schema 1 only");

  SweepSpec spec;
  spec.name = std::filesystem::path(file).stem();
  if (root.has("description")) spec.description = root.at("description").text(kLongestText);
  if (root.has("source")) spec.source = root.at("source").text(kLongestText);
  if (root.has("target")) spec.target = root.at("target").text(kLongestText);
  if (root.has("suite")) spec.suite = root.at("suite").text(kLongestText);
  if (root.has("baseline"))
    spec.baseline = read_configuration(root.at("baseline"), Configuration());
  if (root.has("configurations")) {
    for (const auto& element : root.at("configurations").elements(kMaxPoints))
      spec.configurations.push_back(read_named(element, spec.baseline));
  }
  if (root.has("first_of")) {
    for (const auto& element : root.at("first_of").elements(kMaxPoints)) {
      spec.first_of.push_back(read_named(element, spec.baseline));
      spec.first_of.back().alternative = true;
    }
  }
  if (root.has("axes")) {
    for (const auto& [axis, values] : root.at("axes").members(kMostKeys)) {
      const auto names = axis_names();
      if (std::find(names.begin(), names.end(), axis) == names.end())
        root.at("axes").fail(fmt::format("unknown axis \"{}\"{}", axis, suggestion(axis, names)));
      spec.axes.push_back(read_axis(axis, values, spec.baseline));
    }
  }
  if (root.has("max_configurations"))
    spec.max_configurations = root.at("max_configurations").small_integer(1, 100'000);
  if (root.has("measure")) spec.measure = read_measure(root.at("measure"));
  if (spec.configurations.empty() && spec.first_of.empty() && spec.axes.empty())
    root.fail("nothing to try: give \"configurations\", \"first_of\" or \"axes\"");
  return spec;
}

SweepSpec load_sweep(const std::filesystem::path& file) {
  return parse_sweep(read_small_file(file), file.string());
}

std::vector<NamedConfiguration> enumerate_points(const SweepSpec& spec,
                                                 const std::vector<std::string>& gccs,
                                                 const std::vector<std::string>& clangs) {
  std::vector<NamedConfiguration> points;
  std::set<std::string> seen;
  const auto add = [&](NamedConfiguration point) {
    // The same for two architectures is one of them on each.
    if (seen.insert(point.configuration.id() + point.architecture).second)
      points.push_back(std::move(point));
  };
  add({"", spec.baseline});
  for (const auto& named : spec.configurations) add(named);
  for (const auto& named : spec.first_of) add(named);
  if (spec.axes.empty()) return points;

  std::vector<Configuration> product{spec.baseline};
  for (const auto& choices : spec.axes) {
    std::vector<Configuration> next;
    for (const auto& base : product) {
      for (const auto& pattern : choices.values) {
        for (const auto& value : choices.axis == Compiler::name
                                     ? expand_compiler(pattern, gccs, clangs)
                                     : std::vector<std::string>{pattern}) {
          next.push_back(base);
          set_value(next.back(), choices.axis, value);
          if (next.size() > kMaxPoints)
            throw UsageError(
                fmt::format("{}: more than {} points; list fewer values", spec.name, kMaxPoints));
        }
      }
    }
    product = std::move(next);
  }
  for (const auto& configuration : product) add({"", configuration});
  return points;
}

}  // namespace pytune
