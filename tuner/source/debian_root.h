// Debian's binary packages for any architecture, unpacked as one system root in the store: the
// sysroot of a cross build (sysroot.h), or a distributor's own interpreter. Nothing of theirs is
// run or installed, and the machine's package system is not touched.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "source/apt_sources.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

struct DebianRootRequest {
  std::string shown;         // begins every message: "debian:12-arm64", "sysroot bookworm arm64"
  std::string suite;         // "bookworm"; where the mirror is asked, any name of a release
  std::string architecture;  // Debian's name: "arm64", "amd64"
  std::vector<std::string> packages;  // these and all that they depend on
  std::string mirror;                 // empty: the mirrors in the machine's own apt configuration
  bool ask_mirror = false;            // which release `suite` is: "13", "stable", "forky"
  bool moving = false;                // its packages change: the mirror is asked again each day
  bool testsuite = false;             // and the package with the tests of the python3 among them
  std::vector<std::string> optional;  // and each of these that the release has
  std::vector<std::string> own;       // taken for installed: this machine's are used
  std::string numbered;               // "gcc-": packages of this name and a version stand for one
                                      // another where the release has not the one asked for
  std::string kind = "root";          // of the step in the store
  // Done once to what was unpacked, before it can be seen in the store.
  std::function<void(const std::filesystem::path& root)> complete;
};

// "debian:12-arm64", "debian:sid-amd64": that release's python3 with its whole standard library. By
// number, codename or suite, whichever releases the mirror has. Throws UsageError.
DebianRootRequest parse_debian_python(const std::string& text, const std::string& mirror);

struct DebianRoot {
  std::string id;  // store key; follows names, versions and contents of the packages
  std::filesystem::path root;
  std::string suite;
  std::string architecture;
  std::string mirror;                // that they came from, without credentials
  std::vector<AptPackage> packages;  // all of them
};

// Of a directory that provide_debian_root() gave for a request of the usual kind: its record.
std::optional<Step> record_of_root(const Store& store, const std::filesystem::path& root);
// The packages that a record lists.
std::vector<AptPackage> packages_of(const Step& record);

// Fetches (unless the store has it), verifies, unpacks. Offline, or unless `refresh` is set, the
// newest one in the store that was made for the same request is found again without any network; of
// a release that moves, only one of today, unless the mirror cannot be reached, which is a warning.
// Earlier ones stay in the store. Throws Failure: one line with what apt said and what to do.
DebianRoot provide_debian_root(Store& store, ProcessRunner& runner,
                               const DebianRootRequest& request, bool offline, bool refresh);

// The one that is in the store, of whatever day; nothing is fetched.
std::optional<DebianRoot> find_debian_root(Store& store, ProcessRunner& runner,
                                           const DebianRootRequest& request);

// A name of a release as it is spelled everywhere else: the number where it is known, else what was
// given. "bookworm" and "12" are "12".
std::string spelled_release(const std::string& name);
// Debian's releases and architectures have small letters only.
std::string in_small_letters(std::string text);

// Fills in the codename of a release that is known without asking; else the mirror is to be asked.
// Throws UsageError for what is no release of any mirror.
void set_release(DebianRootRequest& request, const std::string& name);
void require_debian_architecture(const DebianRootRequest& request);

}  // namespace pytune
