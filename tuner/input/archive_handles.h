// Owners of libarchive's objects.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace pytune {

struct FreeArchiveReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeArchiveWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeArchiveEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using ArchiveReader = std::unique_ptr<archive, FreeArchiveReader>;
using ArchiveWriter = std::unique_ptr<archive, FreeArchiveWriter>;
using ArchiveEntryHandle = std::unique_ptr<archive_entry, FreeArchiveEntry>;

}  // namespace pytune
