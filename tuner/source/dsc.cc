// The .dsc of a Debian source package: deb822 fields inside an OpenPGP clear-signed text (dsc(5),
// RFC 9580 section 7).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "input/text.h"
#include "source/apt_sources.h"
#include "sys/error.h"

namespace pytune {
namespace {

[[noreturn]] void reject(const std::string& shown, const std::string& why) {
  throw Failure(fmt::format(
      "{}: {}; fetch it again with --refresh, or name another mirror with --mirror", shown, why));
}

// The lines that were signed. Anything before or after them is not what the maintainer wrote.
std::vector<std::string_view> signed_lines(std::string_view text, const std::string& shown) {
  std::vector<std::string_view> lines = split_lines(text);
  if (lines.empty() || lines.front() != "-----BEGIN PGP SIGNED MESSAGE-----") return lines;
  const auto start = std::find_if(lines.begin(), lines.end(),
                                  [](std::string_view line) { return trim(line).empty(); });
  const auto end = std::find(start, lines.end(), "-----BEGIN PGP SIGNATURE-----");
  if (end == lines.end()) reject(shown, "its signature is cut off");
  std::vector<std::string_view> body(start + 1, end);
  for (std::string_view& line : body) {
    if (line.starts_with("- ")) line.remove_prefix(2);  // dash escaping
  }
  return body;
}

bool made_of(std::string_view text, std::string_view punctuation) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

struct Listed {
  std::string_view sha256;
  std::uint64_t bytes = 0;
  std::string_view name;
};

std::optional<Listed> parse_checksum(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = trim(line); !line.empty(); line = trim(line)) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  if (words.size() != 3 || !is_sha256(words[0])) return std::nullopt;
  // A plain name: it is opened below our own directory.
  if (!made_of(words[2], "+-._~") || words[2].front() == '.') return std::nullopt;
  Listed listed{words[0], 0, words[2]};
  const char* const first = words[1].data();
  const char* const last = first + words[1].size();
  const auto [end, error] = std::from_chars(first, last, listed.bytes);
  if (error != std::errc() || end != last) return std::nullopt;
  return listed;
}

struct Fields {
  std::map<std::string_view, std::string_view> values;
  std::vector<std::string_view> checksums;
};

Fields read_fields(std::string_view text, const std::string& shown) {
  Fields fields;
  std::string_view current;
  for (const std::string_view line : signed_lines(text, shown)) {
    if (trim(line).empty()) break;
    if (line.starts_with(' ') || line.starts_with('\t')) {
      if (current == "Checksums-Sha256") fields.checksums.push_back(line);
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) reject(shown, "holds a line that is no field");
    current = line.substr(0, colon);
    if (!fields.values.emplace(current, trim(line.substr(colon + 1))).second) {
      reject(shown, fmt::format("field {} comes twice", printable(current)));
    }
  }
  return fields;
}

}  // namespace

Dsc parse_dsc(std::string_view text, const std::string& shown) {
  const Fields fields = read_fields(text, shown);
  Dsc dsc;
  dsc.source = fields.values.contains("Source") ? fields.values.at("Source") : "";
  dsc.version = fields.values.contains("Version") ? fields.values.at("Version") : "";
  if (!made_of(dsc.source, "+-.")) reject(shown, "has no usable Source field");
  if (!made_of(dsc.version, ".+~:-")) reject(shown, "has no usable Version field");

  // Debian Policy 5.6.12: [epoch:]upstream_version[-debian_revision]; file names go without epoch.
  std::string upstream = dsc.version.substr(dsc.version.find(':') + 1);
  upstream = upstream.substr(0, upstream.rfind('-'));
  const std::string stem = fmt::format("{}_{}.orig.tar.", dsc.source, upstream);
  for (const std::string_view line : fields.checksums) {
    const auto listed = parse_checksum(line);
    if (!listed) reject(shown, "has a malformed Checksums-Sha256 line");
    // "X.orig.tar.xz" and not "X.orig.tar.xz.asc", the upstream signature.
    if (!listed->name.starts_with(stem)) continue;
    if (listed->name.substr(stem.size()).find('.') != std::string_view::npos) continue;
    if (!dsc.archive.empty()) reject(shown, "names two upstream tarballs");
    dsc.archive = listed->name;
    dsc.sha256 = listed->sha256;
    dsc.bytes = listed->bytes;
  }
  if (dsc.archive.empty()) reject(shown, fmt::format("names no upstream tarball {}*", stem));
  return dsc;
}

}  // namespace pytune
