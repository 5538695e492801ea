#include "build/link_order.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <random>
#include <sstream>
#include <string_view>

namespace pytune {
namespace {

// Those of 3.11 to 3.14. The first holds the others by reference; PARSER_OBJS does likewise and
// stays as it is, its few objects move with it.
constexpr std::array<std::string_view, 5> kLists = {"LIBRARY_OBJS_OMIT_FROZEN", "OBJECT_OBJS",
                                                    "PYTHON_OBJS", "MODULE_OBJS", "MODOBJS"};

// The words of `NAME= a b \ c`, continuation lines included.
std::optional<std::vector<std::string>> list_named(const std::string& makefile,
                                                   std::string_view name) {
  std::istringstream lines(makefile);
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with(name)) continue;
    const std::size_t equals = line.find_first_not_of(" \t", name.size());
    if (equals == std::string::npos || line[equals] != '=') continue;
    std::string text = line.substr(equals + 1);
    while (text.ends_with('\\')) {
      text.back() = ' ';
      if (!std::getline(lines, line)) break;
      text += line;
    }
    std::istringstream words(text);
    std::vector<std::string> list;
    for (std::string word; words >> word;) list.push_back(word);
    return list;
  }
  return std::nullopt;
}

// std::shuffle's use of the generator differs between libraries.
void shuffle(std::vector<std::string>& words, std::mt19937_64& generator) {
  for (std::size_t left = words.size(); left > 1; --left)
    std::swap(words[left - 1], words[generator() % left]);
}

}  // namespace

std::vector<std::string> shuffled_link_order(const std::string& makefile, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<std::string> variables;
  for (const std::string_view name : kLists) {
    auto words = list_named(makefile, name);
    if (!words || words->size() < 2) continue;
    shuffle(*words, generator);
    variables.push_back(fmt::format("{}={}", name, fmt::join(*words, " ")));
  }
  return variables;
}

}  // namespace pytune
