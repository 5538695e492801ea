#include "input/byte_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "input/text.h"

namespace pytune {
namespace {

constexpr std::string_view kOpening = "b'";

bool is_printable_ascii(char c) { return c >= ' ' && c < '\x7f'; }

std::string literal(std::string_view bytes) {
  std::string text(kOpening);
  for (const char c : bytes) {
    if (c == '\\' || c == '\'')
      text += {'\\', c};
    else if (is_printable_ascii(c))
      text += c;
    else
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text += '\'';
}

std::optional<unsigned> hexadecimal(std::string_view digits, std::size_t count) {
  unsigned value = 0;
  if (digits.size() < count) return std::nullopt;
  const char* const start = digits.data();
  const char* const end = start + count;
  const auto [stop, error] = std::from_chars(start, end, value, 16);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

// Nothing for what is no such literal as literal() writes.
std::optional<std::string> read_literal(std::string_view text) {
  if (!text.starts_with(kOpening) || !text.ends_with('\'') || text.size() <= kOpening.size())
    return std::nullopt;
  text = text.substr(kOpening.size(), text.size() - kOpening.size() - 1);
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\'' || !is_printable_ascii(c)) return std::nullopt;
    if (c != '\\') {
      bytes += c;
      continue;
    }
    const char escaped = text.empty() ? '\0' : text.front();
    const auto code = escaped == 'x' ? hexadecimal(text.substr(1), 2) : std::nullopt;
    if (escaped != '\\' && escaped != '\'' && !code) return std::nullopt;
    bytes += code ? static_cast<char>(*code) : escaped;
    text.remove_prefix(code ? 3 : 1);
  }
  return bytes;
}

constexpr unsigned kHighSurrogates = 0xd800;
constexpr unsigned kLowSurrogates = 0xdc00;
constexpr unsigned kAfterSurrogates = 0xe000;
// PEP 383: byte 0x80 is U+DC80.
constexpr unsigned kFirstByte = 0xdc80;
constexpr unsigned kLastByte = 0xdcff;

void append_code_point(std::string& out, unsigned code) {
  const auto add = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0U | code >> 6U);
  } else {
    if (code < 0x10000) {
      add(0xe0U | code >> 12U);
    } else {
      add(0xf0U | code >> 18U);
      add(0x80U | (code >> 12U & 0x3fU));
    }
    add(0x80U | (code >> 6U & 0x3fU));
  }
  add(0x80U | (code & 0x3fU));
}

// The unit of a "\uXXXX" that `text` begins with.
std::optional<unsigned> unit_at(std::string_view text) {
  return text.starts_with("\\u") ? hexadecimal(text.substr(2), 4) : std::nullopt;
}

// One string of a JSON document, between its quotes.
struct JsonString {
  std::string bytes;       // what it stands for
  bool has_bytes = false;  // it has lone surrogates for bytes
  bool good = true;        // false: an escape that is none, or a surrogate that is no byte
};

// Takes the escape that `text` begins with.
void take_escape(std::string_view& text, JsonString& string) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  constexpr std::size_t kUnit = 6;
  if (const auto unit = unit_at(text)) {
    text.remove_prefix(kUnit);
    const auto low = unit_at(text);
    const bool is_high = *unit >= kHighSurrogates && *unit < kLowSurrogates;
    if (is_high && low && *low >= kLowSurrogates && *low < kAfterSurrogates) {
      append_code_point(string.bytes,
                        0x10000U + ((*unit - kHighSurrogates) << 10U) + (*low - kLowSurrogates));
      text.remove_prefix(kUnit);
    } else if (*unit >= kFirstByte && *unit <= kLastByte) {
      string.bytes += static_cast<char>(*unit - kLowSurrogates);
      string.has_bytes = true;
    } else if (*unit >= kHighSurrogates && *unit < kAfterSurrogates) {
      string.good = false;
    } else {
      append_code_point(string.bytes, *unit);
    }
    return;
  }
  const auto letter = text.size() < 2 ? std::string_view::npos : kLetters.find(text[1]);
  string.good = string.good && letter != std::string_view::npos;
  if (string.good) string.bytes += kMeant[letter];
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
}

JsonString read_string(std::string_view text) {
  JsonString string;
  while (!text.empty() && string.good) {
    if (text.front() == '\\') {
      take_escape(text, string);
    } else {
      string.bytes += text.front();
      text.remove_prefix(1);
    }
  }
  return string;
}

// Where the string that begins at `start` ends: at its closing quote, or npos.
std::size_t end_of_string(std::string_view json, std::size_t start) {
  for (std::size_t i = start; i < json.size(); ++i) {
    if (json[i] == '"') return i;
    if (json[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

// Nothing but ASCII is in a literal, of which JSON escapes two characters.
std::string quoted_literal(std::string_view bytes) {
  std::string text;
  for (const char c : literal(bytes)) {
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

bool stands_for_itself(std::string_view bytes) { return is_utf8(bytes) && !read_literal(bytes); }

std::string text_of_bytes(std::string_view bytes) {
  return stands_for_itself(bytes) ? std::string(bytes) : literal(bytes);
}

std::string bytes_of_text(std::string text) {
  if (auto bytes = read_literal(text)) text = *std::move(bytes);
  return text;
}

std::string without_lone_surrogates(std::string_view json) {
  if (json.find("\\ud") == std::string_view::npos && json.find("\\uD") == std::string_view::npos)
    return std::string(json);
  std::string result;
  std::size_t done = 0;
  while (true) {
    const std::size_t opening = json.find('"', done);
    const std::size_t start = opening + 1;
    const std::size_t end =
        opening == std::string_view::npos ? opening : end_of_string(json, start);
    if (end == std::string_view::npos) break;
    const std::string_view inside = json.substr(start, end - start);
    const JsonString string = read_string(inside);
    result += json.substr(done, start - done);
    if (string.good && string.has_bytes)
      result += quoted_literal(string.bytes);
    else
      result += inside;
    result += '"';
    done = end + 1;
  }
  return result.append(json.substr(done));
}

}  // namespace pytune
