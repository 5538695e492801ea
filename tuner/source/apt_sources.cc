#include "source/apt_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestComplaint = 300;  // of apt's, in a message

struct Suite {
  std::string_view minor;
  std::string_view codename;
  std::string_view number;
  std::string_view gcc;
  std::array<std::string_view, 3> clangs;
};

// The one place that ties CPython minors and compilers to Debian releases (from the packages
// python3-defaults, gcc-defaults and llvm-toolchain-N).
constexpr std::array kSuites = {Suite{"3.11", "bookworm", "12", "12", {"14", "16", "19"}},
                                Suite{"3.13", "trixie", "13", "14", {"17", "18", "19"}}};

// Names under which Debian's own archive goes in a sources.list. Only needed where apt has no
// Release file to say so.
bool is_debian_release(std::string_view release) {
  constexpr std::array<std::string_view, 12> kNames = {
      "stable", "oldstable", "oldoldstable", "testing", "unstable", "sid",
      "buster", "bullseye",  "bookworm",     "trixie",  "forky",    "duke"};
  for (const std::string_view suffix : {"-updates", "-backports"}) {
    if (release.ends_with(suffix)) release.remove_suffix(suffix.size());
  }
  return std::find(kNames.begin(), kNames.end(), release) != kNames.end();
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool mentions(std::string_view line, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return line.find(word) != std::string_view::npos;
  });
}

std::string_view telling_line(std::string_view output) {
  std::string_view error;
  std::string_view warning;
  std::string_view signature;
  std::string_view last;
  for (std::string_view line : split_lines(output)) {
    line = trim(line);
    if (line.empty()) continue;
    last = line;
    // Said beside the line that names the cause.
    if (line.find("index files failed to download") != std::string_view::npos) continue;
    if (error.empty() && line.starts_with("E: ")) error = line;
    if (!line.starts_with("W: ")) continue;
    if (warning.empty()) warning = line;
    // apt before 3.0 says "GPG error", later "OpenPGP signature verification failed".
    if (signature.empty() && mentions(line, {"GPG error", "signature"})) signature = line;
  }
  // "is not signed" follows a warning that says which key is missing or expired.
  if (mentions(error, {"is not signed"}) && !signature.empty()) return signature;
  if (!error.empty()) return error;
  return warning.empty() ? last : warning;
}

std::string remedy_for(std::string_view line, const std::string& suite,
                       const std::string& otherwise) {
  const std::string or_else = otherwise.empty() ? "" : ", or " + otherwise;
  if (mentions(line, {"signature", "not signed", "GPG", "PUBKEY"})) {
    return "install or update the package debian-archive-keyring";
  }
  if (mentions(line, {"not valid yet", "is expired"})) {
    return "check this machine's clock, or name another mirror with --mirror";
  }
  if (mentions(line, {"No space left"})) return "free some space, or choose another --store";
  if (mentions(line, {"does not have a Release file", "404", "Unable to find a source package"})) {
    return fmt::format("this mirror has no {} sources: name another with --mirror", suite);
  }
  if (mentions(line, {"Unable to locate package", "has no installation candidate"})) {
    return fmt::format(
        "{} has no such package for this architecture: drop it, or name its "
        "successor",
        suite);
  }
  if (mentions(line, {"resolv", "onnect", "timed out", "Temporary failure", "unreachable"})) {
    return "check the network and apt's proxy setting" + or_else;
  }
  return "try again, " + std::string(otherwise.empty() ? "or " : "") +
         "name another mirror with --mirror" + or_else;
}

bool is_debian_version(std::string_view text) {
  return !text.empty() && text.size() < 200 && is_digit(text.front()) &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view(".+-~:").find(c) != std::string_view::npos;
             });
}

struct VersionParts {
  std::string_view epoch = "0";
  std::string_view upstream;
  std::string_view revision;
};

VersionParts parts_of(std::string_view version) {
  VersionParts parts;
  if (const std::size_t colon = version.find(':'); colon != std::string_view::npos) {
    parts.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const std::size_t dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = version.substr(dash + 1);
  return parts;
}

// Of a character that is no digit, or of the end.
int weight(std::string_view rest) {
  if (rest.empty() || is_digit(rest.front())) return 0;
  const char c = rest.front();
  if (c == '~') return -1;
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return static_cast<unsigned char>(c) + (letter ? 0 : 256);
}

// Takes the digits off the front; without leading zeros, so that the longer number is the larger.
std::string_view take_digits(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && is_digit(rest[end])) ++end;
  std::string_view number = rest.substr(0, end);
  rest.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

int compare_part(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    while (weight(a) != 0 || weight(b) != 0) {
      if (weight(a) != weight(b)) return weight(a) - weight(b);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    const std::string_view one = take_digits(a);
    const std::string_view other = take_digits(b);
    if (one.size() != other.size()) return one.size() < other.size() ? -1 : 1;
    if (const int order = one.compare(other); order != 0) return order;
  }
  return 0;
}

}  // namespace

std::vector<DebianRelease> debian_releases() {
  std::vector<DebianRelease> releases;
  releases.reserve(kSuites.size());
  for (const Suite& suite : kSuites) {
    releases.push_back({std::string(suite.number),
                        std::string(suite.codename),
                        std::string(suite.minor),
                        std::string(suite.gcc),
                        {suite.clangs.begin(), suite.clangs.end()}});
  }
  return releases;
}

std::vector<AptTarget> parse_index_targets(std::string_view text) {
  std::vector<AptTarget> targets;
  for (std::string_view line : split_lines(text)) {
    std::vector<std::string> fields;
    while (true) {
      const std::size_t end = std::min(line.find('|'), line.size());
      std::string field(trim(line.substr(0, end)));
      // apt leaves a placeholder it has no value for as it stands.
      if (field.starts_with("$(")) field.clear();
      fields.push_back(std::move(field));
      if (end == line.size()) break;
      line.remove_prefix(end + 1);
    }
    if (fields.size() != 5) continue;
    targets.push_back({fields[0], fields[1], fields[2], fields[3], fields[4]});
  }
  return targets;
}

std::vector<AptTarget> parse_print_uris(std::string_view text) {
  constexpr std::string_view kDists = "/dists/";
  std::vector<AptTarget> targets;
  for (const std::string_view line : split_lines(text)) {
    // 'http://host/debian/dists/bookworm/main/binary-arm64/Packages.xz' host_debian_dists_... 0
    if (!line.starts_with('\'')) continue;
    const std::size_t end = line.find('\'', 1);
    if (end == std::string_view::npos) continue;
    const std::string_view uri = line.substr(1, end - 1);
    const std::size_t dists = uri.rfind(kDists);
    if (dists == std::string_view::npos) continue;
    std::string_view rest = uri.substr(dists + kDists.size());
    const std::size_t release_end = rest.find('/');
    if (release_end == std::string_view::npos) continue;
    const std::string_view release = rest.substr(0, release_end);
    rest.remove_prefix(release_end + 1);
    const std::size_t component_end = rest.find('/');
    if (component_end == std::string_view::npos) continue;
    if (!rest.substr(component_end).starts_with("/binary-")) continue;
    targets.push_back({std::string(uri.substr(0, dists)) + "/", std::string(release), "", "",
                       std::string(rest.substr(0, component_end))});
  }
  return targets;
}

bool is_mirror_uri(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == uri.size()) return false;
  if (uri.size() > 2000 || uri[0] < 'a' || uri[0] > 'z') return false;
  const std::string_view scheme = uri.substr(0, colon);
  const bool plain = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  return plain && std::all_of(uri.begin(), uri.end(), [](char c) {
           return c > 0x20 && c < 0x7f &&
                  std::string_view("[]#\"'\\|").find(c) == std::string_view::npos;
         });
}

std::vector<std::string> debian_mirrors(const std::vector<AptTarget>& targets) {
  std::vector<std::string> mirrors;
  for (const AptTarget& target : targets) {
    if (target.origin == "Debian" && target.label == "Debian" && is_mirror_uri(target.uri)) {
      add_once(mirrors, target.uri);
    }
  }
  if (!mirrors.empty()) return mirrors;
  for (const AptTarget& target : targets) {
    if (target.origin.empty() && target.label.empty() && target.component == "main" &&
        is_debian_release(target.release) && is_mirror_uri(target.uri)) {
      add_once(mirrors, target.uri);
    }
  }
  return mirrors;
}

AptComplaint read_apt_complaint(std::string_view output, const std::string& suite,
                                const std::string& otherwise) {
  std::string_view line = telling_line(output);
  if (line.starts_with("E: ") || line.starts_with("W: ")) line.remove_prefix(3);
  while (line.ends_with('.')) line.remove_suffix(1);  // it becomes the middle of a sentence
  return {printable(line, kLongestComplaint), remedy_for(line, suite, otherwise)};
}

std::vector<SourcePackage> parse_source_packages(std::string_view text) {
  std::vector<SourcePackage> packages;
  SourcePackage package;
  const auto finish = [&] {
    if (is_plain_name(package.name) && is_debian_version(package.version))
      packages.push_back(package);
    package = {};
  };
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).empty()) finish();
    if (line.starts_with("Package: ")) package.name = trim(line.substr(9));
    if (line.starts_with("Version: ")) package.version = trim(line.substr(9));
  }
  finish();
  return packages;
}

// Runs of other characters and of digits in turn; in the first, ~ sorts before the end and letters
// before the rest.
int compare_debian_versions(std::string_view a, std::string_view b) {
  const VersionParts one = parts_of(a);
  const VersionParts other = parts_of(b);
  if (const int order = compare_part(one.epoch, other.epoch); order != 0) return order;
  if (const int order = compare_part(one.upstream, other.upstream); order != 0) return order;
  return compare_part(one.revision, other.revision);
}

std::string upstream_version(std::string_view debian_version) {
  std::string_view upstream = parts_of(debian_version).upstream;
  upstream = upstream.substr(0, upstream.find('+'));  // of what Debian took away: "+dfsg"
  std::string version(upstream);
  version.erase(std::remove(version.begin(), version.end(), '~'), version.end());
  return version;
}

std::vector<AptPackage> parse_package_uris(std::string_view text, const std::string& shown) {
  const auto bad = [&](std::string_view line, const char* what) {
    return Failure(fmt::format("{}: apt's list of packages {}: \"{}\"", shown, what,
                               printable(line, kLongestComplaint)));
  };
  std::vector<AptPackage> packages;
  for (const std::string_view line : split_lines(text)) {
    // 'http://host/pool/z/zlib/zlib1g_1.2_arm64.deb' zlib1g_1%3a1.2_arm64.deb 82744 SHA256:...
    if (!line.starts_with('\'')) continue;
    const std::size_t end = line.find('\'', 1);
    if (end == std::string_view::npos) throw bad(line, "is cut off");
    std::vector<std::string> fields;
    std::string_view rest = trim(line.substr(end + 1));
    while (!rest.empty()) {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      fields.emplace_back(rest.substr(0, space));
      rest = trim(rest.substr(space));
    }
    if (fields.size() != 3) throw bad(line, "has another form than expected");
    AptPackage package;
    package.file = fields[0];
    const std::size_t name_end = package.file.find('_');
    const std::size_t version_end = package.file.rfind('_');
    const bool shaped = package.file.ends_with(".deb") && name_end != std::string::npos &&
                        name_end > 0 && version_end > name_end + 1 &&
                        package.file.find_first_of("/\\") == std::string::npos &&
                        package.file.front() != '.' && package.file.size() < 256;
    if (!shaped) throw bad(line, "names no plain file");
    package.name = package.file.substr(0, name_end);
    package.version = package.file.substr(name_end + 1, version_end - name_end - 1);
    for (std::size_t at; (at = package.version.find("%3a")) != std::string::npos;)
      package.version.replace(at, 3, ":");
    const auto [last, error] =
        std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), package.bytes);
    if (error != std::errc() || last != fields[1].data() + fields[1].size())
      throw bad(line, "has no size");
    package.sha256 = fields[2].starts_with("SHA256:") ? fields[2].substr(7) : "";
    if (!is_sha256(package.sha256)) throw bad(line, "has no SHA-256");
    packages.push_back(std::move(package));
  }
  std::sort(packages.begin(), packages.end(),
            [](const AptPackage& a, const AptPackage& b) { return a.file < b.file; });
  return packages;
}

}  // namespace pytune
