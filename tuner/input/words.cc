#include "input/words.h"

#include <algorithm>
#include <array>
#include <optional>

namespace pytune {
namespace {

constexpr std::string_view kBlank = " \t\n\r";

// Options of compilers whose value is the next word.
constexpr std::array<std::string_view, 12> kWithValue = {"-o",
                                                         "-I",
                                                         "-L",
                                                         "-D",
                                                         "-U",
                                                         "-include",
                                                         "-isystem",
                                                         "-idirafter",
                                                         "-Xlinker",
                                                         "-Xassembler",
                                                         "-Xpreprocessor",
                                                         "-MF"};

bool has_value_after(std::string_view word) {
  return std::find(kWithValue.begin(), kWithValue.end(), word) != kWithValue.end();
}

// "-flto" of "-flto=auto"; nothing for what is no such option.
std::optional<bool> compiler_switch(std::string_view word, std::string_view option) {
  if (!word.starts_with("-f")) return std::nullopt;
  word.remove_prefix(2);
  const bool off = word.starts_with("no-");
  if (off) word.remove_prefix(3);
  if (!word.starts_with(option)) return std::nullopt;
  word.remove_prefix(option.size());
  if (!word.empty() && word.front() != '=') return std::nullopt;
  return !off;
}

// Autoconf makes one name of `a-b`, `a_b`, `a.b` and `a+b`.
std::string feature_name(std::string_view text) {
  std::string name(text);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '+' || c == '_'; }, '-');
  return name;
}

// Whether a word of configure turns a feature on or off; nothing where it is about another.
std::optional<bool> configure_switch(std::string_view word, std::string_view feature) {
  struct Form {
    std::string_view start, positive;
    bool on;
  };
  constexpr std::array<Form, 4> kForms{{{"enable-", "enable-", true},
                                        {"disable-", "enable-", false},
                                        {"with-", "with-", true},
                                        {"without-", "with-", false}}};
  if (!word.starts_with('-')) return std::nullopt;
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  for (const Form& form : kForms) {
    if (!word.starts_with(form.start)) continue;
    const std::string_view rest = word.substr(form.start.size());
    const auto equals = rest.find('=');
    if (std::string(form.positive) + feature_name(rest.substr(0, equals)) != feature) continue;
    const bool no = equals != std::string_view::npos && rest.substr(equals + 1) == "no";
    return form.on && !no;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> unquoted_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && kBlank.find(c) != std::string_view::npos) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
      continue;
    }
    begun = true;
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    const bool escapes = quote == '\0' || (quote == '"' && std::string_view("\\\"$`").find(next) !=
                                                               std::string_view::npos);
    if (c == '\\' && i + 1 < line.size() && escapes) {
      word += next;
      ++i;
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      word += c;
    }
  }
  if (begun) words.push_back(std::move(word));
  return words;
}

OptionState compiler_option(const std::vector<std::string>& words,
                            const std::vector<std::string_view>& names) {
  OptionState state;
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const std::string_view name : names)
      if (const auto on = compiler_switch(words[i], name))
        state = {*on ? OptionState::Is::on : OptionState::Is::off, i};
    if (has_value_after(words[i])) ++i;
  }
  return state;
}

std::string compiler_level(const std::vector<std::string>& words) {
  std::string level;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("-O")) level = words[i];
    if (has_value_after(words[i])) ++i;
  }
  return level;
}

OptionState configure_option(const std::vector<std::string>& words, std::string_view feature) {
  OptionState state;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (const auto on = configure_switch(words[i], feature))
      state = {*on ? OptionState::Is::on : OptionState::Is::off, i};
  return state;
}

}  // namespace pytune
