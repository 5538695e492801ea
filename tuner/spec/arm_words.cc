#include "spec/arm_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::string_view kBlanks = " \t\n";
constexpr const char* kPreload = "LD_PRELOAD";

struct Refusal {
  std::string_view name;  // one that ends in "*" stands for all that begin so
  const char* why;
};
constexpr const char* kPrints = "what it prints would stand among the answers that pytune reads";
// What would not reach the program, or would break how pytune asks it.
constexpr std::array<Refusal, 16> kRefused = {{
    {"PYTHONHASHSEED",
     "every arm of a block gets the same seed from pytune, and each block another"},
    {"PYTHONDONTWRITEBYTECODE", "pytune sets it, so that no arm writes into an installation"},
    {"PYTHONNOUSERSITE", "pytune sets it, so that arms differ in nothing that a user installed"},
    {"PYTHONSAFEPATH", "workloads import what lies beside them; PYTHONPATH can be set instead"},
    {"PYTHONINSPECT", "a worker would wait for input after its work"},
    {"PYTHONEXECUTABLE", "the interpreter would say that it is another program"},
    {"__PYVENV_LAUNCHER__", "the interpreter would say that it is another program"},
    {"PYTHONIOENCODING", "pytune reads what the interpreter writes, as UTF-8"},
    {"PYTHONVERBOSE", kPrints},
    {"PYTHONDUMPREFS*", kPrints},
    {"PYTHONMALLOCSTATS", kPrints},
    {"LD_DEBUG", kPrints},
    {"LD_SHOW_AUXV", kPrints},
    {"LD_TRACE_LOADED_OBJECTS", "the loader would list libraries and start no program"},
    {"LD_VERIFY", "the loader would check libraries and start no program"},
    {"PYTUNE_*", "names that begin so are pytune's own"},
}};

// Lists of paths, and what parts them: ld.so(8), and CPython's documentation.
struct PathList {
  std::string_view name;
  std::string_view separators;
};
constexpr std::array<PathList, 5> kPathLists = {{
    {kPreload, ": "},
    {"LD_AUDIT", ":"},
    {"LD_LIBRARY_PATH", ":;"},
    {"PYTHONPATH", ":"},
    {"PYTHONHOME", ":"},
}};

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && (text.front() < '0' || text.front() > '9') &&
         std::all_of(text.begin(), text.end(), fits);
}

// Takes one assignment and the blanks behind it from the front of `text`; nothing when it does not
// begin with one.
std::optional<std::pair<std::string, std::string>> take_assignment(std::string_view& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !is_name(text.substr(0, equals))) return std::nullopt;
  std::string value;
  char quote = '\0';
  std::size_t at = equals + 1;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      value += text[++at];
    } else if (quote == '\0' && kBlanks.find(c) != std::string_view::npos) {
      break;
    } else {
      value += c;
    }
  }
  if (quote != '\0')
    throw UsageError(fmt::format("{}: the value of {} has a {} that does not end",
                                 printable(std::string(text)), text.substr(0, equals), quote));
  std::pair assignment(std::string(text.substr(0, equals)), std::move(value));
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks, at), text.size()));
  return assignment;
}

}  // namespace

std::vector<ArmWords> ways_to_read(const std::string& text) {
  std::vector<ArmWords> ways = {{{}, text}};
  std::string_view rest = text;
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  try {
    while (auto assignment = take_assignment(rest)) {
      ArmWords next{ways.back().variables, std::string(trim(rest))};
      const auto [known, fresh] = next.variables.insert(std::move(*assignment));
      if (!fresh)
        throw UsageError(fmt::format("{}: {} is there twice", printable(text), known->first));
      ways.push_back(std::move(next));
    }
  } catch (const UsageError&) {
    // It may still be the name of a file.
    if (!std::filesystem::exists(text)) throw;
  }
  return ways;
}

const char* why_not_settable(const std::string& name) {
  for (const Refusal& refusal : kRefused) {
    const bool begins = refusal.name.ends_with('*');
    const std::string_view stem = refusal.name.substr(0, refusal.name.size() - (begins ? 1 : 0));
    if (begins ? name.starts_with(stem) : name == stem) return refusal.why;
  }
  return nullptr;
}

void require_settable(const std::string& name) {
  if (const char* why = why_not_settable(name))
    throw UsageError(fmt::format("{} cannot be set for an interpreter: {}", name, why));
}

std::string with_absolute_paths(const std::string& name, const std::string& value) {
  const auto* list = std::find_if(kPathLists.begin(), kPathLists.end(),
                                  [&](const PathList& one) { return one.name == name; });
  if (list == kPathLists.end()) return value;
  std::string made;
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find_first_of(list->separators, start), value.size());
    const std::string part = value.substr(start, end - start);
    // A library without a slash is looked for by the loader, and an empty part is the worker's own
    // directory, which holds nothing.
    const bool is_path = part.find('/') != std::string::npos ||
                         (!part.empty() && name != kPreload && name != "LD_AUDIT");
    made += is_path && !part.starts_with('$')  // ld.so's $ORIGIN and $LIB
                ? std::filesystem::absolute(part).lexically_normal().string()
                : part;
    if (end < value.size()) made += value[end];
    start = end + 1;
  }
  return made;
}

std::string shown_variables(const Environment& variables) {
  std::string shown;
  for (const auto& [name, value] : variables)
    shown += fmt::format("{}={} ", name, shell_quote(value));
  return shown;
}

std::vector<std::string> preloaded_libraries(const Environment& variables) {
  std::vector<std::string> libraries;
  const auto found = variables.find(kPreload);
  if (found == variables.end()) return libraries;
  std::string_view rest = found->second;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(": "), rest.size());
    if (end > 0) libraries.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return libraries;
}

}  // namespace pytune
