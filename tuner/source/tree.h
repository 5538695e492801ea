// A CPython source tree on disk: is it one, what is in it, a copy of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "source/patchlevel.h"

namespace pytune {

// Checks that `tree` holds a CPython that pytune can build outside of it: configure,
// Include/patchlevel.h, at least 3.11, no build in place. Throws UsageError: `shown`, what is
// missing, `remedy` (what to give instead).
PatchLevel require_cpython(const std::filesystem::path& tree, const std::string& shown,
                           const std::string& remedy);

// The same of what a tarball holds, which is not unpacked: by the two files alone.
PatchLevel require_cpython_in(const std::filesystem::path& archive, const std::string& shown,
                              const std::string& remedy);

struct TreeEntry {
  enum class Kind { directory, file, program, symlink } kind = Kind::file;
  std::string name;    // relative, "/" between parts
  std::string target;  // of a symlink
};

// Everything in `tree`, sorted by name, except what is no source: .git at the top and __pycache__
// anywhere. Throws UsageError for a link that leaves the tree and for anything that is neither
// file, directory nor link.
std::vector<TreeEntry> list_tree(const std::filesystem::path& tree, const std::string& shown);

struct TreeDigest {
  std::string sha256;  // over names, kinds (a program is a file its owner may execute), link
                       // targets and contents
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};
TreeDigest digest_tree(const std::filesystem::path& tree, const std::vector<TreeEntry>& entries);

// Copies `entries` of `from` to the new directory `to`, with their times.
void copy_entries(const std::filesystem::path& from, const std::vector<TreeEntry>& entries,
                  const std::filesystem::path& to);

}  // namespace pytune
