// Archives with the same bytes for the same content.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "package/package.h"

namespace pytune {

struct ArchiveEntry {
  std::string name;                    // "python/bin/python3.13"
  std::filesystem::path file;          // a file, directory or symbolic link to store; or
  std::optional<std::string> content;  // the bytes of a regular file
  bool executable = false;             // of `content`
};

enum class Compression { zstd, gzip };

// A written archive that is not yet under its name. Destroyed without commit(), it is gone.
class PendingArchive {
 public:
  PendingArchive(PendingArchive&& other) noexcept;
  PendingArchive& operator=(PendingArchive&&) = delete;
  PendingArchive(const PendingArchive&) = delete;
  ~PendingArchive();
  PackageFile commit();  // renames; throws Failure

 private:
  friend PendingArchive write_archive(const std::filesystem::path&, std::vector<ArchiveEntry>,
                                      Compression, std::int64_t);
  PendingArchive(std::filesystem::path temporary, PackageFile file);
  std::filesystem::path temporary_;
  PackageFile file_;
};

// Writes `target` (as a temporary file beside it): entries in the order of their names with the
// directories they need, owner root, every time `modified` (seconds since 1970), modes 755 and 644.
// Throws Failure, and leaves nothing, when something cannot be read or written.
PendingArchive write_archive(const std::filesystem::path& target, std::vector<ArchiveEntry> entries,
                             Compression compression, std::int64_t modified);

}  // namespace pytune
