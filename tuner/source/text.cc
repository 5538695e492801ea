#include "source/text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace pytune {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string line;
  for (char c : text.substr(0, kLongest)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (c != ' ' || !line.ends_with(' ')) line += c;
  }
  // The serializer is the only UTF-8 check at hand, and it is the one that records go through.
  using nlohmann::json;
  line = json::parse(json(line).dump(-1, ' ', false, json::error_handler_t::replace))
             .get<std::string>();
  if (text.size() > kLongest) line += "...";
  return line;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string plain_name(std::string_view name) {
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
