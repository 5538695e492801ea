#include "spec/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/suggestion.h"
#include "input/text.h"
#include "spec/arm_words.h"
#include "sys/error.h"

namespace pytune {
namespace {

const NamedRuntime* runtime_called(const std::string& name) {
  const auto* found = std::find_if(kRuntimes.begin(), kRuntimes.end(),
                                   [&](const NamedRuntime& one) { return one.name == name; });
  return found == kRuntimes.end() ? nullptr : found;
}

Environment variables_in(const std::string& text) { return ways_to_read(text).back().variables; }

std::vector<Environment> each_with_each(const std::vector<Environment>& ones,
                                        const std::vector<Environment>& others) {
  std::vector<Environment> all;
  for (const Environment& one : ones) {
    for (const Environment& other : others) {
      all.push_back(one);
      all.back().insert(other.begin(), other.end());
    }
  }
  return all;
}

struct Since {
  std::string_view name;
  int minor;
};
// Of https://docs.python.org/3/using/cmdline.html#environment-variables
constexpr std::array kSince = {
    Since{"PYTHONNODEBUGRANGES", 11},
    Since{"PYTHONSAFEPATH", 11},
    Since{"PYTHONPERFSUPPORT", 12},
    Since{"PYTHON_CPU_COUNT", 13},
    Since{"PYTHON_FROZEN_MODULES", 13},
    Since{"PYTHON_GIL", 13},
    Since{"PYTHON_JIT", 13},
    Since{"PYTHON_PERF_JIT_SUPPORT", 13},
    Since{"PYTHON_CONTEXT_AWARE_WARNINGS", 14},
    Since{"PYTHON_DISABLE_REMOTE_DEBUG", 14},
    Since{"PYTHON_THREAD_INHERIT_CONTEXT", 14},
    Since{"PYTHON_TLBC", 14},
    Since{"PYTHON_LAZY_IMPORTS", 15},
    Since{"PYTHON_PYMALLOC_HUGEPAGES", 15},
};

}  // namespace

std::optional<std::string> runtime_problem(const std::string& value) {
  if (value == Runtime::initial() || runtime_called(value) != nullptr) return std::nullopt;
  if (value.find('=') == std::string::npos) {
    std::vector<std::string> names{Runtime::initial()};
    for (const NamedRuntime& one : kRuntimes) names.emplace_back(one.name);
    return fmt::format("unknown value \"{}\"{}; else NAME=VALUE words", value,
                       suggestion(value, names));
  }
  try {
    const ArmWords words = ways_to_read(value).back();
    if (!words.python.empty())
      return fmt::format("\"{}\" is no NAME=VALUE", printable(words.python));
    for (const auto& [name, setting] : words.variables) {
      require_settable(name);
      if (with_absolute_paths(name, setting) != setting)
        return fmt::format("{}: \"{}\" must be an absolute path", name, printable(setting));
    }
  } catch (const UsageError& problem) {
    return problem.what();
  }
  return std::nullopt;
}

Environment environment_of(const Configuration& configuration) {
  Environment variables;
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>)
      for (const auto& choice : Axis::choices)
        if (choice.value == configuration.get<Axis>() && !choice.environment.empty())
          variables.merge(variables_in(std::string(choice.environment)));
  });
  const std::string& runtime = configuration.get<Runtime>();
  if (runtime == Runtime::initial()) return variables;
  const NamedRuntime* named = runtime_called(runtime);
  variables.merge(variables_in(named != nullptr ? std::string(named->environment) : runtime));
  return variables;
}

std::vector<Environment> training_environments(const Configuration& configuration) {
  std::vector<Environment> all;
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>) {
      const auto chosen = std::find_if(
          Axis::choices.begin(), Axis::choices.end(),
          [&](const auto& choice) { return choice.value == configuration.get<Axis>(); });
      if (chosen->environment.empty()) return;
      std::vector<Environment> of_axis;
      for (const auto& choice : Axis::choices) {
        if (choice.gcc.configure != chosen->gcc.configure || choice.environment.empty()) continue;
        Environment variables = variables_in(std::string(choice.environment));
        if (std::find(of_axis.begin(), of_axis.end(), variables) == of_axis.end())
          of_axis.push_back(std::move(variables));
      }
      all = all.empty() ? of_axis : each_with_each(all, of_axis);
    }
  });
  return all;
}

std::vector<std::string> unknown_to_version(const Environment& variables, int minor) {
  std::vector<std::string> reasons;
  for (const auto& [name, first] : kSince)
    if (minor < first && variables.contains(std::string(name)))
      reasons.push_back(fmt::format(
          "{} has no effect: CPython 3.{} does not know it, 3.{} is the first that does", name,
          minor, first));
  return reasons;
}

std::string export_line(const Environment& variables) {
  return variables.empty() ? "" : "export " + std::string(trim(shown_variables(variables)));
}

}  // namespace pytune
