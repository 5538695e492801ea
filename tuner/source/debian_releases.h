// The releases of Debian that a mirror has, as the mirror itself says in its signed Release files:
// nothing here knows how many there are or what they are called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// What matters of a Release file (repository format of the Debian wiki).
struct ReleaseFile {
  std::string codename;                    // "trixie"
  std::string suite;                       // "stable"
  std::string version;                     // "13.8"; empty: not released, so it changes every day
  std::string date;                        // as it stands there
  std::vector<std::string> architectures;  // "amd64", "arm64", ...
};

// Of Release, or of InRelease with its signature, which apt has checked. Nothing for what is not
// one of Debian's own or names itself by what is no plain name.
std::optional<ReleaseFile> parse_release(std::string_view text);

// A release, by all names it goes by.
struct DebianSuite {
  std::string number;    // "13"; empty: it has none
  std::string codename;  // "trixie"
  std::string suite;     // "stable"
  bool moving = false;   // its packages change every day
  std::vector<std::string> architectures;
};

// Oldest first, each once. What is being tested has the number after the newest released one.
std::vector<DebianSuite> debian_suites(std::vector<ReleaseFile> files);

// By number, codename or suite; null: none of them is called so.
const DebianSuite* find_suite(const std::vector<DebianSuite>& suites, const std::string& name);

// "12 (bookworm, oldstable), 13 (trixie, stable), sid (unstable)"
std::string list_of(const std::vector<DebianSuite>& suites);

// Why no release goes by this name, whatever the mirror: "bookworm-backports" is an addition to
// one. Empty: it may be one.
std::string never_a_release(const std::string& name);

}  // namespace pytune
