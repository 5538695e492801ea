// Patches applied to a source tree: all of them, or nothing is touched. A hunk goes where its lines
// are, exactly; another line number than the patch's is fine if they are in one place only. There
// is no fuzz: a patch that nearly fits was made for other code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patches/series.h"

namespace pytune {

struct AppliedHunk {
  std::string patch;
  std::string path;
  std::size_t hunk = 0;
  long offset = 0;  // lines further down than the patch says
};

struct ChangedFile {
  std::string path;
  std::optional<std::string> bytes;  // nothing: removed
};

struct Patched {
  std::vector<ChangedFile> files;  // each once, as all patches together leave it
  std::vector<AppliedHunk> hunks;
};

// What `patches` make of the tree, in this order, without writing anything. Throws Failure that
// names the patch, file and hunk, and whether it is applied already, in part, or does not fit.
Patched apply_in_memory(const std::filesystem::path& tree, const std::vector<Patch>& patches);

// Puts the files in place, each by a rename, so that a file with further hard links is replaced and
// not written to. On a failure those already replaced are put back.
void write_patched(const std::filesystem::path& tree, const Patched& patched);

}  // namespace pytune
