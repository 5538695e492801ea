#include "spec/configuration.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/json.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "spec/environment.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr std::string_view kWithout = ",no=";  // in a value of the cpu axis

// Calls f(Axis{}) for the axis of that name; false when there is none.
template <class F>
bool with_axis(std::string_view name, F&& f) {
  bool found = false;
  for_each_axis([&](auto axis) {
    if (axis.name == name) {
      found = true;
      f(axis);
    }
  });
  return found;
}

bool is_printable(const std::string& text) {
  return text.find_first_of("\n\t") == std::string::npos && escape_controls(text) == text;
}

// "0004" or "0004-hex": whether there is such a patch, the version that is built decides.
bool numbers_a_patch(const std::string& text) {
  constexpr std::size_t kDigits = 4;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() < kDigits || !std::all_of(text.begin(), text.begin() + kDigits, digit))
    return false;
  if (text.size() == kDigits) return true;
  return text[kDigits] == '-' && std::all_of(text.begin() + kDigits, text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || digit(c) || c == '-' || c == '.';
         });
}

std::optional<std::string> parse_into(Configuration& configuration, auto axis,
                                      const std::string& text) {
  using Axis = decltype(axis);
  if constexpr (ClosedAxis<Axis>) {
    for (const auto& choice : Axis::choices) {
      if (choice.name == text) {
        configuration.set<Axis>(choice.value);
        return std::nullopt;
      }
    }
    return fmt::format("unknown value \"{}\"{}", text,
                       suggestion(text, axis_value_names(Axis::name)));
  } else {
    if (text.empty() && !Axis::initial().empty()) return "must not be empty";
    if (!is_printable(text)) return "has a control character";
    if constexpr (std::is_same_v<Axis, Patches>) {
      if (text != "none" && text != "series" && !numbers_a_patch(text))
        return fmt::format("unknown value \"{}\"{}", text, suggestion(text, {"none", "series"}));
    }
    if constexpr (std::is_same_v<Axis, Runtime>)
      if (auto problem = runtime_problem(text)) return problem;
    configuration.set<Axis>(text);
    return std::nullopt;
  }
}

}  // namespace

std::string Configuration::value(std::string_view axis) const {
  std::string text;
  with_axis(axis, [&](auto a) { text = value_name<decltype(a)>(get<decltype(a)>()); });
  return text;
}

nlohmann::ordered_json Configuration::canonical() const {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (LaterAxis<Axis>)
      if (get<Axis>() == Axis::initial()) return;
    j[std::string(axis.name)] = value_name<Axis>(get<Axis>());
  });
  return j;
}

std::string Configuration::abi_flags() const {
  std::string flags;
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>)
      for (const auto& choice : Axis::choices)
        if (choice.value == get<Axis>()) flags += choice.abi_flags;
  });
  return flags;
}

std::string Configuration::python_name(const std::string& minor) const {
  return "python" + minor + abi_flags();
}

std::string Configuration::id() const { return sha256(dump_json(canonical())).substr(0, 12); }

std::string Configuration::difference(const Configuration& base) const {
  std::string text;
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if (get<Axis>() == base.get<Axis>()) return;
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : " ", axis.name, shown_value<Axis>(get<Axis>()));
  });
  return text.empty() ? "baseline" : text;
}

std::string shown_cpu(const std::string& value) { return value.substr(0, value.find(kWithout)); }

std::size_t features_without(const std::string& cpu) {
  const std::size_t at = cpu.find(kWithout);
  return at == std::string::npos ? 0
                                 : 1 + static_cast<std::size_t>(std::count(
                                           cpu.begin() + static_cast<long>(at), cpu.end(), '+'));
}

std::vector<std::string> axis_names() {
  std::vector<std::string> names;
  for_each_axis([&](auto axis) { names.emplace_back(axis.name); });
  return names;
}

std::vector<std::string> axis_value_names(std::string_view axis) {
  std::vector<std::string> names;
  with_axis(axis, [&](auto a) {
    if constexpr (ClosedAxis<decltype(a)>) {
      for (const auto& choice : a.choices) names.emplace_back(choice.name);
    }
  });
  return names;
}

std::optional<std::string> set_value(Configuration& configuration, std::string_view axis,
                                     const std::string& value) {
  std::optional<std::string> error;
  if (!with_axis(axis, [&](auto a) { error = parse_into(configuration, a, value); }))
    return fmt::format("unknown axis \"{}\"{}", axis, suggestion(axis, axis_names()));
  return error;
}

Configuration configuration_from_json(const nlohmann::json& j, const Configuration& base) {
  if (!j.is_object()) throw UsageError("a configuration must be an object of axis: value");
  Configuration configuration = base;
  for (const auto& [axis, value] : j.items()) {
    if (!value.is_string()) throw UsageError(fmt::format("{}: must be a string", axis));
    if (const auto error = set_value(configuration, axis, value.get<std::string>()))
      throw UsageError(fmt::format("{}: {}", axis, *error));
  }
  return configuration;
}

void to_json(nlohmann::json& j, const Configuration& record) { j = record.canonical(); }

void from_json(const nlohmann::json& j, Configuration& record) {
  record = configuration_from_json(j);
}

void from_view(const JsonView& view, Configuration& record) {
  try {
    record = configuration_from_json(view.value());
  } catch (const UsageError& problem) {
    view.fail(problem.what());
  }
}

}  // namespace pytune
