#include "source/patchlevel.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "input/text.h"

namespace pytune {
namespace {

// Digits at the front of `text`, taken off it. At most three: no release has more, and nothing
// overflows.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const char* const first = text.data();
  const char* const last = first + std::min<std::size_t>(text.size(), 3);
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || value < 0) return std::nullopt;
  if (text.front() == '0' && end - first > 1) return std::nullopt;  // "03"
  text.remove_prefix(static_cast<std::size_t>(end - first));
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// MAJOR.MINOR.MICRO, then "a1", "b2" or "rc3" before a release, then "+" in a checkout between
// releases.
std::optional<PatchLevel> parse_version(std::string_view text) {
  PatchLevel level;
  level.version = std::string(text);
  const auto major = take_number(text);
  if (!major || !take(text, ".")) return std::nullopt;
  const auto minor = take_number(text);
  if (!minor || !take(text, ".")) return std::nullopt;
  const auto micro = take_number(text);
  if (!micro) return std::nullopt;
  if ((take(text, "a") || take(text, "b") || take(text, "rc")) && !take_number(text)) {
    return std::nullopt;
  }
  take(text, "+");
  if (!text.empty()) return std::nullopt;
  level.major = *major;
  level.minor = *minor;
  level.micro = *micro;
  return level;
}

// `#define NAME VALUE` lines, the first of each name.
std::map<std::string_view, std::string_view> definitions(std::string_view text) {
  std::map<std::string_view, std::string_view> found;
  for (std::string_view line : split_lines(text)) {
    line = trim(line);
    if (!take(line, "#")) continue;
    line = trim(line);
    if (!take(line, "define") || line.empty() || (line[0] != ' ' && line[0] != '\t')) continue;
    line = trim(line);
    const std::size_t end = line.find_first_of(" \t");
    if (end != std::string_view::npos) found.emplace(line.substr(0, end), trim(line.substr(end)));
  }
  return found;
}

}  // namespace

std::optional<PatchLevel> parse_patchlevel(std::string_view text) {
  const auto defined = definitions(text);
  const auto version = defined.find("PY_VERSION");
  if (version == defined.end()) return std::nullopt;
  std::string_view quoted = version->second;
  if (!take(quoted, "\"")) return std::nullopt;
  const std::size_t end = quoted.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  auto level = parse_version(quoted.substr(0, end));
  if (!level) return std::nullopt;

  const std::pair<std::string_view, int> numbers[] = {{"PY_MAJOR_VERSION", level->major},
                                                      {"PY_MINOR_VERSION", level->minor},
                                                      {"PY_MICRO_VERSION", level->micro}};
  for (const auto& [name, value] : numbers) {
    const auto number = defined.find(name);
    if (number == defined.end()) continue;
    std::string_view digits = number->second;
    if (take_number(digits) != value) return std::nullopt;
  }
  return level;
}

}  // namespace pytune
