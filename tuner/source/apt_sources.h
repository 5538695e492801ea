// What apt and a Debian source package say, read as text that may hold anything. No process is run
// here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// The Debian releases whose packages are the same for ever.
struct DebianRelease {
  std::string number;    // "12"
  std::string codename;  // "bookworm"
  std::string minor;     // of its python3: "3.11"
  std::string gcc;       // of its default compiler, after which libgcc's package is named: "12"
  std::vector<std::string> clangs;  // major versions that have a libclang-rt-N-dev
};
std::vector<DebianRelease> debian_releases();  // oldest first

// One package list of this machine's apt.
struct AptTarget {
  std::string uri;
  std::string release;  // what sources.list says: "bookworm", "stable"
  std::string label;    // from the Release file; empty while apt has none
  std::string origin;   // likewise
  std::string component;
};

// Output of `apt-get indextargets` in the format kIndexTargetsFormat: what apt knows once it has
// fetched its lists.
inline constexpr const char* kIndexTargetsFormat =
    "$(REPO_URI)|$(RELEASE)|$(LABEL)|$(ORIGIN)|$(COMPONENT)";
std::vector<AptTarget> parse_index_targets(std::string_view text);

// Output of `apt-get update --print-uris`: what sources.list alone says. Without lists (a fresh
// container image) indextargets is silent, and this is not; it knows no label and no origin.
std::vector<AptTarget> parse_print_uris(std::string_view text);

// The archives among `targets` that serve Debian itself (neither its security archive nor anybody's
// own repository), in apt's order. By Origin and Label where known, else by release name and
// component.
std::vector<std::string> debian_mirrors(const std::vector<AptTarget>& targets);

// Fit for a line of sources.list: a scheme, then printable characters other than those the format
// gives a meaning.
bool is_mirror_uri(std::string_view uri);

// The line of a failed apt-get's output that tells what happened, and what to do about it.
struct AptComplaint {
  std::string line;
  std::string remedy;
};
// `otherwise`: what can be done without apt, or empty.
AptComplaint read_apt_complaint(std::string_view output, const std::string& suite,
                                const std::string& otherwise);

// A package that apt would fetch.
struct AptPackage {
  std::string name;     // "zlib1g-dev"
  std::string version;  // "1:1.2.13.dfsg-1"
  std::string file;     // "zlib1g-dev_1%3a1.2.13.dfsg-1_arm64.deb": a plain file name
  std::uint64_t bytes = 0;
  std::string sha256;
};

// Output of `apt-get install --print-uris` with Acquire::ForceHash=SHA256, sorted by name. Throws
// Failure: `shown`, what is wrong with it.
std::vector<AptPackage> parse_package_uris(std::string_view text, const std::string& shown);

// A source package that a mirror lists.
struct SourcePackage {
  std::string name;     // "python3.13"
  std::string version;  // "3.13.5-2+deb13u5"
};

// Output of `apt-cache showsrc`. What names no package of a plain name and version is left out.
std::vector<SourcePackage> parse_source_packages(std::string_view text);

// Negative where `a` is older than `b`, as dpkg has it (deb-version(7)).
int compare_debian_versions(std::string_view a, std::string_view b);

// As upstream calls it: "3.15.0rc2" of "3.15.0~rc2-1", "3.13.5" of "3.13.5-2+deb13u5".
std::string upstream_version(std::string_view debian_version);

// The parts of a .dsc that matter here. apt has checked the file itself against the signed index.
struct Dsc {
  std::string source;   // "python3.13"
  std::string version;  // "3.13.5-2+deb13u5"
  std::string archive;  // "python3.13_3.13.5.orig.tar.xz": a plain file name
  std::string sha256;   // of the archive
  std::uint64_t bytes = 0;
};

// Throws Failure: `shown`, what is wrong.
Dsc parse_dsc(std::string_view text, const std::string& shown);

}  // namespace pytune
