#include "build/compile_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace pytune {
namespace {

bool starts(const std::string& word, const char* prefix) { return word.starts_with(prefix); }

// Two flags of one group exclude each other: the later one wins. -f and -m toggles share a group
// with their negation, -O levels with each other, name=value flags with the same name, and PIC/PIE
// kinds among themselves (GCC manual, 3.18).
std::string group(const std::string& flag) {
  if (starts(flag, "-O")) return "-O";
  for (const char* kind :
       {"-fPIC", "-fpic", "-fPIE", "-fpie", "-fno-PIC", "-fno-pic", "-fno-PIE", "-fno-pie"}) {
    if (flag == kind) return "-fpic";
  }
  std::string name = flag.substr(0, flag.find('='));
  if (starts(name, "-fno-")) return "-f" + name.substr(5);
  if (starts(name, "-mno-")) return "-m" + name.substr(5);
  return name;
}

bool counts(const std::string& word) {
  if (starts(word, "-I") || starts(word, "-D") || starts(word, "-W") || starts(word, "-std"))
    return false;
  return starts(word, "-O") || starts(word, "-f") || starts(word, "-m") || starts(word, "-g") ||
         starts(word, "-p") || starts(word, "--param");
}

}  // namespace

std::string EffectiveFlags::text() const { return fmt::format("{}", fmt::join(flags, " ")); }

std::optional<EffectiveFlags> effective_flags(const std::string& log, const std::string& file) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(file) == std::string::npos || line.find(" -c ") == std::string::npos) continue;
    std::istringstream in(line);
    EffectiveFlags effective;
    bool names_file = false;
    for (std::string word; in >> word;) {
      names_file =
          names_file || word == file || (word.size() > file.size() && word.ends_with("/" + file));
      if (!counts(word)) continue;
      std::erase_if(effective.flags,
                    [&](const std::string& earlier) { return group(earlier) == group(word); });
      effective.flags.push_back(word);
    }
    if (names_file) return effective;
  }
  return std::nullopt;
}

std::vector<std::string> flag_mismatches(const EffectiveFlags& effective,
                                         const std::vector<std::string>& asked) {
  std::vector<std::string> sentences;
  for (const auto& flag : asked) {
    if (!counts(flag)) continue;
    if (std::find(effective.flags.begin(), effective.flags.end(), flag) != effective.flags.end())
      continue;
    // A later asked flag may override an earlier one; then the later is in effect, as the user
    // wrote it.
    const bool overridden = std::any_of(asked.begin(), asked.end(), [&](const std::string& other) {
      return other != flag && group(other) == group(flag) &&
             std::find(effective.flags.begin(), effective.flags.end(), other) !=
                 effective.flags.end();
    });
    if (overridden) continue;
    const auto instead =
        std::find_if(effective.flags.begin(), effective.flags.end(),
                     [&](const std::string& e) { return group(e) == group(flag); });
    sentences.push_back(
        instead == effective.flags.end()
            ? fmt::format("{} was asked for, but is not among the flags in effect", flag)
            : fmt::format("{} was asked for, but {} is in effect", flag, *instead));
  }
  return sentences;
}

std::vector<std::string> functions_without_profile(const std::string& log) {
  struct Warning {
    std::string_view ending;
    std::string_view before;
    std::string_view after;
  };
  constexpr std::array<Warning, 2> kWarnings{{
      {"[-Wcoverage-mismatch]", "function \u2018", "\u2019"},
      // llvm/lib/Transforms/Instrumentation/PGOInstrumentation.cpp
      {"[-Wbackend-plugin]", "control flow change detected (hash mismatch) ", " Hash = "},
  }};
  std::vector<std::string> functions;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    for (const Warning& warning : kWarnings) {
      if (!line.ends_with(warning.ending)) continue;
      const auto before = line.find(warning.before);
      if (before == std::string::npos) continue;
      const auto begin = before + warning.before.size();
      const auto end = line.find(warning.after, begin);
      if (end == std::string::npos) continue;
      std::string name = line.substr(begin, end - begin);
      if (std::find(functions.begin(), functions.end(), name) == functions.end())
        functions.push_back(std::move(name));
    }
  }
  return functions;
}

}  // namespace pytune
