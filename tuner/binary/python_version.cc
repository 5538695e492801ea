#include "binary/python_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace pytune {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool few_digits(std::string_view text) {
  return !text.empty() && text.size() <= 3 &&
         text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string minor_of(std::string_view version) {
  return std::string(version.substr(0, version.find('.', version.find('.') + 1)));
}

// Data that texts lie in, in the sections as in a file without their table.
std::vector<std::string_view> data_of(const Image& image) {
  std::vector<std::string_view> all;
  for (const auto& section : image.sections)
    if (section.name.starts_with(".rodata") || section.name == ".data")
      all.push_back(section.bytes);
  if (!image.sections.empty()) return all;
  for (const auto& segment : image.segments)
    if (segment.type == 1 /* PT_LOAD */) all.push_back(segment.bytes);
  return all;
}

void find_texts(std::string_view bytes, std::set<std::string>& found) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = std::min(bytes.find('\0', at), bytes.size());
    // PyPy's: "3.11.11 (7.3.19+dfsg-2, Apr 11 2025, ...".
    const auto text = bytes.substr(at, end - at);
    const auto version = text.substr(0, std::min(text.find(" ("), text.size()));
    if (reads_like_python_version(version)) found.emplace(version);
    at = end + 1;
  }
}

// "cpython-313" and ".cpython-313t-x86_64-linux-gnu.so", which no other library has.
void find_tags(std::string_view bytes, std::set<std::string>& minors, std::string& abi_flags) {
  for (const std::string_view start : {"cpython-3", "pypy3"})
    for (std::size_t at = bytes.find(start); at != std::string_view::npos;
         at = bytes.find(start, at + 1)) {
      const auto rest = bytes.substr(at + start.size(), 16);
      const auto digits = std::min(rest.find_first_not_of(kDigits), rest.size());
      if (digits == 0 || digits > 2) continue;
      const auto flags = rest.substr(digits);
      const auto letters = std::min(flags.find_first_not_of("dmtu"), flags.size());
      const char after = letters < flags.size() ? flags[letters] : '\0';
      if (after != '\0' && after != '-' && after != '.') continue;
      minors.insert(fmt::format("3.{}", rest.substr(0, digits)));
      if (letters > abi_flags.size()) abi_flags = flags.substr(0, letters);
    }
}

}  // namespace

bool reads_like_python_version(std::string_view text) {
  if (!text.starts_with("3.") || text.size() > 16) return false;
  text.remove_prefix(2);
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !few_digits(text.substr(0, dot))) return false;
  std::string_view patch = text.substr(dot + 1);
  if (patch.ends_with('+')) patch.remove_suffix(1);
  for (const std::string_view stage : {"a", "b", "rc"}) {
    const auto at = patch.find(stage);
    if (at != std::string_view::npos)
      return few_digits(patch.substr(0, at)) && few_digits(patch.substr(at + stage.size()));
  }
  return few_digits(patch);
}

std::string minor_in_name(std::string_view file_name) {
  if (file_name.starts_with("lib")) file_name.remove_prefix(3);
  const std::array<std::string_view, 2> kinds = {"python3.", "pypy3."};
  for (const std::string_view kind : kinds) {
    if (!file_name.starts_with(kind)) continue;
    const auto rest = file_name.substr(kind.size());
    const auto digits = rest.substr(0, std::min(rest.find_first_not_of(kDigits), rest.size()));
    if (few_digits(digits)) return fmt::format("3.{}", digits);
  }
  return {};
}

std::string abi_flags_in_name(std::string_view file_name) {
  const std::string minor = minor_in_name(file_name);
  if (minor.empty()) return {};
  std::string_view rest = file_name.substr(file_name.find(minor) + minor.size());
  rest = rest.substr(0, rest.find('.'));  // libpython3.13t.so.1.0
  return rest.find_first_not_of("dmtu") == std::string_view::npos ? std::string(rest) : "";
}

bool named_as_python(std::string_view file_name) {
  if (file_name.starts_with("lib")) file_name.remove_prefix(3);
  return file_name.starts_with("python") || file_name.starts_with("pypy");
}

std::string python_minor_of(const VersionEvidence& evidence) {
  for (const std::string& minor : evidence.minors)
    if (!minor.empty()) return minor;
  // Beside any program of /usr/bin lies the system's Python.
  if (!evidence.is_python) return {};
  if (evidence.installed.size() == 1) return evidence.installed.front();
  // Of several installed side by side, the one whose version is in the file.
  std::set<std::string> both;
  for (const std::string& text : evidence.texts)
    if (std::find(evidence.installed.begin(), evidence.installed.end(), minor_of(text)) !=
        evidence.installed.end())
      both.insert(minor_of(text));
  return both.size() == 1 ? *both.begin() : std::string();
}

std::string python_version_of(const VersionEvidence& evidence) {
  const std::string minor = python_minor_of(evidence);
  if (minor.empty()) return {};
  std::vector<std::string> fitting;
  for (const std::string& text : evidence.texts)
    if (minor_of(text) == minor) fitting.push_back(text);
  if (fitting.size() == 1) return fitting.front();
  const bool described = minor_of(evidence.described) == minor;
  const bool known = std::find(fitting.begin(), fitting.end(), evidence.described) != fitting.end();
  return described && (fitting.empty() || known) ? evidence.described : minor;
}

VersionEvidence version_evidence(const Image& image, std::string& abi_flags) {
  std::set<std::string> texts;
  std::set<std::string> tags;
  bool reads_pythonhome = false;
  for (const std::string_view bytes : data_of(image)) {
    // Of every interpreter, also of one within another program.
    reads_pythonhome |= bytes.find("PYTHONHOME") != std::string_view::npos;
    find_texts(bytes, texts);
    find_tags(bytes, tags, abi_flags);
  }
  VersionEvidence evidence;
  evidence.is_python = reads_pythonhome;
  evidence.texts.assign(texts.begin(), texts.end());
  if (tags.size() == 1) evidence.minors.push_back(*tags.begin());
  evidence.minors.push_back(minor_in_name(image.needs.soname));
  return evidence;
}

}  // namespace pytune
