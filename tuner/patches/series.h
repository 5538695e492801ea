// patches/<minor>: a quilt series of patches for one minor version of CPython, each with a DEP-3
// header and fields of ours that say what it needs and what it was found to do.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patches/unified_diff.h"

namespace pytune {

struct PatchHeader {
  std::string summary;       // Description's first line
  std::string description;   // the rest of it
  std::string author;        // or Origin
  std::string forwarded;     // "no", "not-needed", or where to
  std::string last_update;   // "2026-11-25"
  std::string architecture;  // "any", "aarch64", ...: where it changes anything
  std::string compiler;      // "any", "clang 19", ...
  std::string versions;      // "3.13.5": what it was made for and fits
  std::string effect;  // evidence level first: "counted: ...", "measured: ...", "not counted: why"
};

struct Patch {
  std::string name;    // "0001-aarch64-dispatch"
  std::string sha256;  // of the file
  PatchHeader header;
  // Never null; shared, since each point of a plan has its patches.
  std::shared_ptr<const UnifiedDiff> diff;
};

struct PatchSeries {
  std::string minor;  // "3.13"
  std::filesystem::path directory;
  std::vector<Patch> patches;

  // Throws UsageError that names the ones there are. With or without ".patch", or its number.
  const Patch& find(std::string_view name) const;
};

// Every field once and known, none of the needed ones missing. Throws Failure.
PatchHeader parse_patch_header(std::string_view text, const std::string& shown);

// The names in the file `series`, without ".patch". Throws Failure for anything but NNNN-name.patch
// in ascending order, comments and empty lines.
std::vector<std::string> parse_series(std::string_view text, const std::string& shown);

// Reads and checks all of it. Throws UsageError when there is no series for `minor`, Failure for
// one that is malformed.
PatchSeries read_series(const std::filesystem::path& patches, const std::string& minor);

// The minor versions that have a series, in order.
std::vector<std::string> minors_with_patches(const std::filesystem::path& patches);

}  // namespace pytune
