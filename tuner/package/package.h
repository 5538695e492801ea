// A relocatable archive of one build, and its check.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "build/build.h"
#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"

namespace pytune {

struct PackageOptions {
  std::filesystem::path output_directory;
  bool check = true;
  // Optional modules that it may lack besides those that are rarely missed (optional_modules.h).
  std::vector<std::string> allowed_missing = {};
  std::filesystem::path source_tree;  // for licences and for the standard library's tests
  nlohmann::json benchmark;           // the sweep's figures for this build; goes into the manifest
  // Of a package for another machine: the system it is tried in under the emulator; empty: the
  // sysroot it was built against.
  std::filesystem::path run_root;
  std::string
      source_date_epoch;  // time of every entry; empty: the newest file time in the source tree
};

struct PackageFile {
  std::filesystem::path path;
  std::string sha256;
  std::uint64_t bytes = 0;
};

struct CheckStep {
  std::string name;  // "unpack", "run", "sysconfig", "tests", "venv", "extension", "libraries",
                     // "modules"
  bool ok = false;
  std::string detail;
};

struct PackageResult {
  PackageFile full;     // cpython-3.13.5+pytune-<build id>-<triple>-full.tar.zst
  PackageFile install;  // ...-install.tar.gz: without tests and static library
  std::vector<CheckStep> checks;
  bool ok() const;
};

// Writes both archives (temporary + rename) and checks them: unpacked under another path, run from
// there, the standard library's own tests for a fixed list of modules, a venv, a small C extension
// built against it. The same build gives the same bytes.
PackageResult make_package(Store& store, ProcessRunner& runner, const Build& build,
                           const PackageOptions& options, Listener& listener);

}  // namespace pytune
