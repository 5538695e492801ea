// A unified diff as git and diff write it, read strictly: a patch that is cut off, or that says
// something which we would have to guess at, is refused and not applied in part.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// Lines keep their "\n"; only the last one of a file may be without.
struct Hunk {
  std::size_t number = 0;     // within its file, from 1
  std::size_t old_start = 0;  // line in the file, from 1
  std::vector<std::string> old_lines;
  std::vector<std::string> new_lines;
};

struct FileDiff {
  enum class Kind { change, create, remove } kind = Kind::change;
  std::string path;  // relative to the tree, safe: plain parts of letters, digits and "._+-"
  std::vector<Hunk> hunks;
};

struct UnifiedDiff {
  std::string header;  // all lines above the first file's
  std::vector<FileDiff> files;
};

// Is `path` one that a patch may touch below the tree?
bool is_safe_path(std::string_view path);

// Throws Failure: "SHOWN, line N: what is wrong", with file and hunk where there is one.
UnifiedDiff parse_unified_diff(std::string_view text, const std::string& shown);

}  // namespace pytune
