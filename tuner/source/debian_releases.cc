#include "source/debian_releases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "input/text.h"

namespace pytune {
namespace {

constexpr std::string_view kSignature = "-----BEGIN PGP SIGNATURE-----";

// 13 of "13.8"; nothing for what does not begin with a number.
std::optional<int> major_number(std::string_view version) {
  int number = 0;
  const auto [last, error] =
      std::from_chars(version.data(), version.data() + version.size(), number);
  const bool ended = last == version.data() + version.size() || *last == '.';
  if (error != std::errc() || !ended || number <= 0) return std::nullopt;
  return number;
}

std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> found;
  while (!(text = trim(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    if (is_plain_name(text.substr(0, end))) found.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return found;
}

// The order of their making: by number, then what never gets one.
bool older(const DebianSuite& one, const DebianSuite& other) {
  const int a = major_number(one.number).value_or(1'000'000);
  const int b = major_number(other.number).value_or(1'000'000);
  return a != b ? a < b : one.codename < other.codename;
}

}  // namespace

std::optional<ReleaseFile> parse_release(std::string_view text) {
  ReleaseFile file;
  std::string origin;
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with(kSignature)) break;
    if (line.starts_with(' ')) continue;  // of a list of files
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string value(trim(line.substr(colon + 1)));
    if (name == "Origin") origin = value;
    if (name == "Codename") file.codename = value;
    if (name == "Suite") file.suite = value;
    if (name == "Version") file.version = value;
    if (name == "Date") file.date = printable(value, 100);
    if (name == "Architectures") file.architectures = plain_words(value);
  }
  if (origin != "Debian" || !is_plain_name(file.codename) || !is_plain_name(file.suite))
    return std::nullopt;
  if (!file.version.empty() && !major_number(file.version)) return std::nullopt;
  return file;
}

std::vector<DebianSuite> debian_suites(std::vector<ReleaseFile> files) {
  int newest = 0;
  for (const ReleaseFile& file : files)
    newest = std::max(newest, major_number(file.version).value_or(0));
  std::vector<DebianSuite> suites;
  for (ReleaseFile& file : files) {
    const auto same = [&](const DebianSuite& known) { return known.codename == file.codename; };
    if (std::any_of(suites.begin(), suites.end(), same)) continue;
    DebianSuite suite;
    if (const auto number = major_number(file.version)) suite.number = std::to_string(*number);
    // Debian counts its releases, and what is tested becomes the next one.
    if (file.suite == "testing" && newest > 0) suite.number = std::to_string(newest + 1);
    suite.codename = std::move(file.codename);
    suite.suite = std::move(file.suite);
    suite.moving = file.version.empty();
    suite.architectures = std::move(file.architectures);
    suites.push_back(std::move(suite));
  }
  std::sort(suites.begin(), suites.end(), older);
  return suites;
}

const DebianSuite* find_suite(const std::vector<DebianSuite>& suites, const std::string& name) {
  if (name.empty()) return nullptr;
  const auto found = std::find_if(suites.begin(), suites.end(), [&](const DebianSuite& suite) {
    return suite.number == name || suite.codename == name || suite.suite == name;
  });
  return found == suites.end() ? nullptr : &*found;
}

std::string list_of(const std::vector<DebianSuite>& suites) {
  std::vector<std::string> names;
  names.reserve(suites.size());
  for (const DebianSuite& suite : suites) {
    names.push_back(suite.number.empty()
                        ? fmt::format("{} ({})", suite.codename, suite.suite)
                        : fmt::format("{} ({}, {})", suite.number, suite.codename, suite.suite));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string never_a_release(const std::string& name) {
  if (name == "experimental" || name == "rc-buggy")
    return "experimental is no release, but holds a few packages that are newer than unstable's "
           "and "
           "need it; take sid";
  for (const std::string_view addition :
       {"-updates", "-backports", "-backports-sloppy", "-security", "-proposed-updates"}) {
    if (name.ends_with(addition) && name.size() > addition.size())
      return fmt::format("holds a few packages beside a release; take {}",
                         name.substr(0, name.size() - addition.size()));
  }
  return is_plain_name(name) ? "" : "no release has such a name";
}

}  // namespace pytune
