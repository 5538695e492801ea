#include "input/archive_entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBlockSize = 65536;
constexpr std::uint64_t kAlwaysTaken = std::uint64_t{64} << 20;
constexpr std::uint64_t kLargestUnpackRatio = 100;

}  // namespace

// The gzip reader says nothing when the trailer is missing.
std::string archive_problem(archive* a) {
  const char* text = archive_error_string(a);
  return printable(text == nullptr ? "it ends too early" : text);
}

bool ArchiveEntries::block(const void** data, std::size_t* size, la_int64_t* offset) {
  const int result = archive_read_data_block(reader(), data, size, offset);
  if (result == ARCHIVE_EOF) return false;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(reader());
  return true;
}

void ArchiveEntries::damaged(archive* a) const {
  throw UsageError(
      fmt::format("{}: truncated or damaged ({}); get it again", shown_, archive_problem(a)));
}

TarEntries::TarEntries(const fs::path& file, const std::string& shown, const UnpackLimits& limits)
    : ArchiveEntries(shown), limits_(limits) {
  limits_.bytes =
      std::min(limits_.bytes, std::max(kAlwaysTaken, fs::file_size(file) * kLargestUnpackRatio));
  archive* const raw = raw_.get();
  for (const int result :
       {archive_read_support_format_raw(raw), archive_read_support_filter_xz(raw),
        archive_read_support_filter_gzip(raw), archive_read_support_filter_bzip2(raw),
        archive_read_support_filter_zstd(raw)}) {
    // ARCHIVE_WARN would mean that an external program does the work.
    if (result != ARCHIVE_OK)
      throw Failure("this libarchive lacks a decompressor: " + archive_problem(raw));
  }
  archive_entry* ignored = nullptr;
  if (fs::is_empty(file))
    throw UsageError(shown + ": truncated or damaged (the file is empty); get it again");
  if (archive_read_open_filename(raw, file.c_str(), kBlockSize) != ARCHIVE_OK)
    TarEntries::damaged(raw);
  if (archive_read_next_header(raw, &ignored) != ARCHIVE_OK) TarEntries::damaged(raw);
  archive_read_support_format_tar(tar_.get());
  if (archive_read_open(tar_.get(), this, nullptr, feed, nullptr) != ARCHIVE_OK)
    TarEntries::damaged(tar_.get());
}

archive_entry* TarEntries::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(tar_.get(), &entry);
  if (result == ARCHIVE_EOF) {
    const void* block = nullptr;
    while (feed(tar_.get(), this, &block) > 0) {
    }
    if (!failure_.empty()) damaged(tar_.get());
    return nullptr;
  }
  // A warning is about a name that the locale cannot spell; its bytes are still there.
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(tar_.get());
  return entry;
}

la_ssize_t TarEntries::feed(archive* tar, void* self, const void** block) {
  auto& entries = *static_cast<TarEntries*>(self);
  archive* const raw = entries.raw_.get();
  std::size_t size = 0;
  la_int64_t offset = 0;
  int result = ARCHIVE_OK;
  do {
    result = archive_read_data_block(raw, block, &size, &offset);
  } while (result == ARCHIVE_OK && size == 0);
  if (result == ARCHIVE_EOF) return 0;
  entries.total_ += size;
  if (result == ARCHIVE_OK && entries.total_ <= entries.limits_.bytes)
    return static_cast<la_ssize_t>(size);
  // Kept here: the tar reader may put words of its own over these.
  entries.failure_ = result == ARCHIVE_OK ? "too big" : archive_problem(raw);
  entries.too_big_ = result == ARCHIVE_OK;
  archive_set_error(tar, archive_errno(raw), "%s", entries.failure_.c_str());
  return ARCHIVE_FATAL;
}

void TarEntries::damaged(archive* a) const {
  if (too_big_) {
    throw UsageError(fmt::format("{}: unpacks to more than {} MiB; is it really {}?", shown(),
                                 limits_.bytes >> 20, limits_.what));
  }
  const std::string words = failure_.empty() ? archive_problem(a) : failure_;
  if (words.find("Unrecognized archive format") != std::string::npos) {
    throw UsageError(
        fmt::format("{}: not a tar archive, or cut off at its start; give a .tar.xz, "
                    ".tar.gz, .tar.bz2, .tar.zst, or a directory",
                    shown()));
  }
  throw UsageError(fmt::format("{}: truncated or damaged ({}); get it again", shown(), words));
}

ZipEntries::ZipEntries(const fs::path& file, const std::string& shown) : ArchiveEntries(shown) {
  archive_read_support_format_zip_seekable(zip_.get());
  if (archive_read_open_filename(zip_.get(), file.c_str(), kBlockSize) != ARCHIVE_OK)
    damaged(zip_.get());
}

archive_entry* ZipEntries::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(zip_.get(), &entry);
  if (result == ARCHIVE_EOF) return nullptr;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(zip_.get());
  return entry;
}

}  // namespace pytune
