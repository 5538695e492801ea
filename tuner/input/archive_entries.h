// The entries of an archive that anybody may have made, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "input/archive_handles.h"
#include "input/unpack.h"

namespace pytune {

// Why libarchive gave up, in one line.
std::string archive_problem(archive* a);

class ArchiveEntries {
 public:
  // `shown` begins every message.
  explicit ArchiveEntries(std::string shown) : shown_(std::move(shown)) {}
  ArchiveEntries(const ArchiveEntries&) = delete;
  ArchiveEntries& operator=(const ArchiveEntries&) = delete;
  virtual ~ArchiveEntries() = default;

  // The next entry; null at the end of the whole file. Throws UsageError for a bad archive.
  virtual archive_entry* next() = 0;
  // A piece of the entry's content; false at its end.
  bool block(const void** data, std::size_t* size, la_int64_t* offset);

  const std::string& shown() const { return shown_; }

 protected:
  virtual archive* reader() const = 0;
  [[noreturn]] virtual void damaged(archive* a) const;

 private:
  std::string shown_;
};

// Two readers in a row: the first only decompresses, the second reads tar. A tar reader stops at
// the end-of-archive mark and would never see that the compressed file ends too early after it;
// this way the rest is read and checked as well.
class TarEntries : public ArchiveEntries {
 public:
  // tar; plain, xz, gzip, bzip2 or zstd. More than limits.bytes decompressed are refused.
  TarEntries(const std::filesystem::path& file, const std::string& shown,
             const UnpackLimits& limits);
  archive_entry* next() override;

 private:
  archive* reader() const override { return tar_.get(); }
  [[noreturn]] void damaged(archive* a) const override;
  static la_ssize_t feed(archive* tar, void* self, const void** block);

  UnpackLimits limits_;
  std::uint64_t total_ = 0;
  std::string failure_;
  bool too_big_ = false;
  ArchiveReader raw_{archive_read_new()};
  ArchiveReader tar_{archive_read_new()};
};

// Goes by the central directory, as Python's reader does; a streaming one would believe the local
// headers, which do not know of links.
class ZipEntries : public ArchiveEntries {
 public:
  ZipEntries(const std::filesystem::path& file, const std::string& shown);
  archive_entry* next() override;

 private:
  archive* reader() const override { return zip_.get(); }

  ArchiveReader zip_{archive_read_new()};
};

}  // namespace pytune
