#include "report/recorded_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/text.h"

namespace pytune {
namespace {

using Offset = std::ptrdiff_t;

constexpr std::array<std::string_view, 5> kPlaceholders{"WORK", "SOURCE", "TRAINING", "JOBS",
                                                        "STRIP"};
constexpr std::array<std::string_view, 6> kFileCommands{"cd", "cp", "ln", "mkdir", "mv", "rm"};

bool name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

template <class List>
bool contains(const List& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// Follows the quoting of shell source, one character at a time.
class Quoting {
 public:
  enum class State { bare, single, double_ };

  State state() const { return state_; }
  bool escaped() const { return escaped_; }
  void step(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (state_ == State::single) {
      if (c == '\'') state_ = State::bare;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      state_ = state_ == State::double_ ? State::bare : State::double_;
    } else if (c == '\'' && state_ == State::bare) {
      state_ = State::single;
    }
  }

 private:
  State state_ = State::bare;
  bool escaped_ = false;
};

// The placeholder that `text` starts with, as written ("$WORK" or "${WORK}"); empty when it is
// none.
std::string_view placeholder_at(std::string_view text) {
  if (!text.starts_with('$')) return {};
  const bool braces = text.size() > 1 && text[1] == '{';
  const std::size_t start = braces ? 2 : 1;
  std::size_t end = start;
  while (end < text.size() && name_character(text[end])) ++end;
  if (!contains(kPlaceholders, text.substr(start, end - start))) return {};
  if (!braces) return text.substr(0, end);
  return end < text.size() && text[end] == '}' ? text.substr(0, end + 1) : std::string_view{};
}

// NAME=..., also when the whole word is quoted: 'CFLAGS=-O3 -g'.
bool is_assignment(std::string_view word) {
  if (word.starts_with('\'') || word.starts_with('"')) word.remove_prefix(1);
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && is_variable_name(word.substr(0, equals));
}

// Index of the word that names the program of the command that starts at `from`.
std::size_t program_index(const std::vector<std::string>& words, std::size_t from) {
  while (from < words.size() && is_assignment(words[from])) ++from;
  return from;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), name_character);
}

std::vector<std::string> shell_words(std::string_view source) {
  std::vector<std::string> words;
  std::string word;
  Quoting quoting;
  for (const char c : source) {
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (blank && quoting.state() == Quoting::State::bare && !quoting.escaped()) {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
      continue;
    }
    quoting.step(c);
    word += c;
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

std::string expand_placeholders(std::string_view source) {
  std::string result;
  Quoting quoting;
  for (std::size_t i = 0; i < source.size();) {
    const std::string_view found = quoting.escaped() ? "" : placeholder_at(source.substr(i));
    if (found.empty()) {
      quoting.step(source[i]);
      result += source[i++];
      continue;
    }
    i += found.size();
    switch (quoting.state()) {
      case Quoting::State::bare:
        result += fmt::format("\"{}\"", found);
        break;
      case Quoting::State::single:
        result += fmt::format("'\"{}\"'", found);
        break;
      case Quoting::State::double_:
        result += found;
        break;
    }
  }
  return result;
}

bool take_setarch(std::vector<std::string>& words) {
  const std::size_t at = program_index(words, 0);
  if (at >= words.size() || words[at] != "setarch") return false;
  std::size_t end = at + 1;
  if (end < words.size() && !words[end].starts_with('-')) ++end;
  if (end >= words.size() || (words[end] != "-R" && words[end] != "--addr-no-randomize"))
    return false;
  words.erase(words.begin() + static_cast<Offset>(at),
              words.begin() + static_cast<Offset>(end + 1));
  return true;
}

void insert_runner(std::vector<std::string>& words, const std::string& runner) {
  std::vector<std::string> result;
  bool starts = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t program = program_index(words, i);
    if (starts && program < words.size() && !contains(kFileCommands, words[program]))
      result.push_back(runner);
    starts = words[i] == "&&";
    result.push_back(words[i]);
  }
  words = std::move(result);
}

std::string join_words(const std::vector<std::string>& words, std::size_t width,
                       std::string_view indent) {
  std::string text;
  std::size_t column = 0;
  for (const std::string& word : words) {
    const std::size_t taken = display_width(word);
    if (!text.empty() && column + 1 + taken + 2 > width) {
      text.append(" \\\n").append(indent);
      column = indent.size();
    } else if (!text.empty()) {
      text += ' ';
      ++column;
    }
    text += word;
    column += taken;
  }
  return text;
}

std::optional<std::string> value_of(const std::vector<std::string>& words, std::string_view name) {
  const std::string start = std::string(name) + "=";
  std::optional<std::string> value;
  for (const std::string& word : words) {
    const std::size_t quote = word.starts_with('\'') || word.starts_with('"') ? 1 : 0;
    if (std::string_view(word).substr(quote).starts_with(start))
      value = std::string(word).erase(quote, start.size());
  }
  return value;
}

}  // namespace pytune
