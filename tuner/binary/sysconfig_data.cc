#include "binary/sysconfig_data.h"

#include <fmt/format.h>

#include <charconv>
#include <climits>

#include "input/json.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::string_view kStart = "build_time_vars = {";

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  SysconfigVariables dict() {
    SysconfigVariables variables;
    const auto start = rest_.find(kStart);
    if (start == std::string_view::npos) fail("no \"build_time_vars = {\"");
    rest_.remove_prefix(start + kStart.size());
    while (true) {
      skip_space();
      if (take('}')) return variables;
      if (!at_string()) fail("a name in quotes was expected");
      const std::string name = string();
      skip_space();
      if (!take(':')) fail("a colon was expected");
      skip_space();
      if (at_string())
        variables[name] = strings();
      else
        variables[name] = number();
      skip_space();
      if (!take(',') && (rest_.empty() || rest_.front() != '}'))
        fail("a comma was expected after " + name);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Failure(
        fmt::format("_sysconfigdata: {} before \"{}\"; not a file that CPython's build wrote", why,
                    rest_.substr(0, 30)));
  }

  void skip_space() {
    const auto n = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(n == std::string_view::npos ? rest_.size() : n);
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_string() const {
    return !rest_.empty() && (rest_.front() == '\'' || rest_.front() == '"');
  }

  std::string strings() {
    std::string result;
    while (at_string()) {
      result += string();
      skip_space();
    }
    return result;
  }

  std::string string() {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string result;
    while (true) {
      if (rest_.empty()) fail("a string has no end");
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == quote) return result;
      if (c == '\\')
        escape(result);
      else
        result += c;
    }
  }

  void escape(std::string& result) {
    if (rest_.empty()) fail("a string has no end");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case 'n':
        result += '\n';
        return;
      case 't':
        result += '\t';
        return;
      case 'r':
        result += '\r';
        return;
      case '\\':
      case '\'':
      case '"':
        result += c;
        return;
      case 'x':
        append_utf8(result, hex(2));
        return;
      case 'u':
        append_utf8(result, hex(4));
        return;
      default:
        fail("an unknown escape");
    }
  }

  unsigned hex(std::size_t digits) {
    unsigned code = 0;
    const std::string_view text = rest_.substr(0, digits);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
    if (error != std::errc() || text.size() != digits || end != text.data() + digits)
      fail("a bad escape");
    rest_.remove_prefix(digits);
    return code;
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) fail("a string or an integer was expected");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::string_view rest_;
};

std::string python_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\\' || c == '\'')
      result += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      result += c;
  }
  return result + "'";
}

// By this file's own place and not by sys.prefix: in a virtual environment that is the environment,
// and a cross build reads this file with another interpreter. The character after the prefix
// decides, so that /opt/python3 is left alone.
constexpr std::string_view kRelocation = R"py(

def _relocate(variables, built):
    import os
    import sys
    try:
        place = os.path.abspath(__file__)
        for _ in range(3):  # PREFIX/lib/pythonX.Y/this file
            place = os.path.dirname(place)
    except NameError:  # run without import, by exec()
        place = sys.base_prefix
    for name, value in variables.items():
        if isinstance(value, str) and built in value:
            first, *rest = value.split(built)
            for part in rest:
                ours = part[:1] in ('', '/', ' ', ':', ',', '"', "'")
                first += (place if ours else built) + part
            variables[name] = first


)py";

}  // namespace

SysconfigVariables parse_sysconfig_data(std::string_view text) { return Parser(text).dict(); }

SysconfigVariables parse_sysconfig_json(std::string_view text) {
  constexpr std::size_t kMostVariables = 10'000;  // CPython has 1100
  SysconfigVariables variables;
  try {
    const nlohmann::json document = parse_json(text);
    for (const auto& [name, value] : JsonView(document).members(kMostVariables)) {
      if (value.value().is_string())
        variables[name] = value.text(text.size());
      else if (value.value().is_number_integer())
        variables[name] = value.integer(LONG_MIN, LONG_MAX);
    }
  } catch (const UsageError& problem) {
    throw Failure(fmt::format("the variables of sysconfig: {}", problem.what()));
  }
  return variables;
}

std::string write_sysconfig_data(const SysconfigVariables& variables,
                                 const std::string& built_prefix) {
  std::string text =
      "# system configuration generated and used by the sysconfig module\nbuild_time_vars = {\n";
  for (const auto& [name, value] : variables) {
    text += "    " + python_quoted(name) + ": ";
    if (const auto* string = std::get_if<std::string>(&value))
      text += python_quoted(*string);
    else
      text += std::to_string(std::get<std::int64_t>(value));
    text += ",\n";
  }
  text += "}\n";
  text += kRelocation;
  return text + "_relocate(build_time_vars, " + python_quoted(built_prefix) + ")\ndel _relocate\n";
}

std::string text_of(const SysconfigVariables& variables, const std::string& name) {
  const auto found = variables.find(name);
  if (found == variables.end()) return {};
  const auto* text = std::get_if<std::string>(&found->second);
  return text != nullptr ? *text : std::string();
}

}  // namespace pytune
