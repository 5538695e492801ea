#include "input/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace pytune {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Length of the well-formed UTF-8 sequence at `i`, or 0. Table 3-7 of the Unicode standard.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) {
    return 0;
  }
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  const unsigned second = byte_at(text, i + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

// Of a well-formed sequence.
char32_t code_point(std::string_view character) {
  const unsigned lead = byte_at(character, 0);
  if (character.size() == 1) return lead;
  char32_t code = lead & (0xFFU >> (character.size() + 1));
  for (const char byte : character.substr(1))
    code = code << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

// What a terminal obeys instead of showing: C0, DEL and C1, the marks, embeddings, overrides and
// isolates that turn the direction of text round (Unicode Standard Annex 9), and the separators of
// lines and paragraphs.
bool is_control(std::string_view character) {
  const char32_t code = code_point(character);
  const auto within = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  return code < 0x20 || within(0x7F, 0x9F) || code == 0x61C || within(0x200E, 0x200F) ||
         within(0x2028, 0x202E) || within(0x2066, 0x2069);
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  constexpr std::string_view kEllipsis = "...";
  std::string line;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const std::string escaped = length == 0 ? fmt::format("\\x{:02x}", byte_at(text, i)) : "";
    const std::string_view character = length == 0 ? escaped : text.substr(i, length);
    i += length == 0 ? 1 : length;
    if (character == " " || is_control(character)) {
      gap = !line.empty();
      continue;
    }
    const std::size_t wanted = line.size() + (gap ? 1 : 0) + character.size();
    if (wanted + kEllipsis.size() > longest) {
      return line.append(kEllipsis);
    }
    line.append(gap ? " " : "").append(character);
    gap = false;
  }
  return line;
}

std::string escape_controls(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto hex = [&](std::string& to, unsigned value, unsigned digits) {
    while (digits-- > 0) to += kDigits[value >> (4 * digits) & 0xFU];
  };
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, sequence_length(text, i));
    const std::string_view character = text.substr(i, length);
    if (sequence_length(text, i) == 0) {
      hex(shown.append("\\x"), byte_at(text, i), 2);
    } else if (is_control(character) && character != "\n" && character != "\t") {
      hex(shown.append("\\u"), code_point(character), 4);
    } else {
      shown.append(character);
    }
    i += length;
  }
  return shown;
}

std::size_t whole_characters(std::string_view text) {
  for (std::size_t cut = 1; cut <= std::min<std::size_t>(3, text.size()); ++cut) {
    const unsigned lead = byte_at(text, text.size() - cut);
    if ((lead & 0xC0U) == 0x80U) continue;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return length > cut ? text.size() - cut : text.size();
  }
  return text.size();
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string last_line(std::string_view output, std::size_t longest) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t end = output.find_last_not_of(kBlank);
  if (end == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = output.substr(0, end + 1);
  const std::size_t newline = rest.find_last_of('\n');
  return printable(newline == std::string_view::npos ? rest : rest.substr(newline + 1), longest);
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && is_alnum(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

std::string plain_file_name(std::string_view name) {
  constexpr std::size_t kLongest = 120;
  // The end says what it is (".tar.xz"), so a long name loses its beginning.
  if (name.size() > kLongest) name.remove_prefix(name.size() - kLongest);
  std::string plain;
  for (const char c : name) {
    plain += is_alnum(c) || std::string_view("._+~-").find(c) != std::string_view::npos ? c : '_';
  }
  if (plain.empty() || plain.front() == '.' || plain.front() == '-' || plain == "record.json") {
    plain.insert(0, "archive");
  }
  return plain;
}

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t start = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < start) return std::string(url);
  return std::string(url.substr(0, start)) + std::string(url.substr(at + 1));
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

}  // namespace pytune
