#include "source/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <vector>

#include "source/text.h"
#include "source/tree.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct FreeRead {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeWrite {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

// The gzip reader says nothing when the trailer is missing.
std::string words_of(archive* a) {
  const char* text = archive_error_string(a);
  return printable(text == nullptr ? "it ends too early" : text);
}

// Two readers in a row: the first only decompresses, the second reads tar. A tar reader stops at
// the end-of-archive mark and would never see that the compressed file ends too early after it;
// this way the rest is read and checked as well.
class TarReader {
 public:
  TarReader(const fs::path& file, std::string shown, const UnpackLimits& limits)
      : shown_(std::move(shown)), limits_(limits) {
    archive* const raw = raw_.get();
    for (const int result :
         {archive_read_support_format_raw(raw), archive_read_support_filter_xz(raw),
          archive_read_support_filter_gzip(raw), archive_read_support_filter_bzip2(raw),
          archive_read_support_filter_zstd(raw)}) {
      // ARCHIVE_WARN would mean that an external program does the work.
      if (result != ARCHIVE_OK)
        throw Failure("this libarchive lacks a decompressor: " + words_of(raw));
    }
    archive_entry* ignored = nullptr;
    if (fs::is_empty(file))
      throw UsageError(shown_ + ": truncated or damaged (the file is empty); get it again");
    if (archive_read_open_filename(raw, file.c_str(), 65536) != ARCHIVE_OK) damaged(raw);
    if (archive_read_next_header(raw, &ignored) != ARCHIVE_OK) damaged(raw);
    archive_read_support_format_tar(tar_.get());
    if (archive_read_open(tar_.get(), this, nullptr, feed, nullptr) != ARCHIVE_OK)
      damaged(tar_.get());
  }
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;
  ~TarReader() = default;

  // The next entry; null at the end of the whole file.
  archive_entry* next() {
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

  // False at the end of the entry.
  bool block(const void** data, std::size_t* size, la_int64_t* offset) {
    const int result = archive_read_data_block(tar_.get(), data, size, offset);
    if (result == ARCHIVE_EOF) return false;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(tar_.get());
    return true;
  }

 private:
  static la_ssize_t feed(archive* tar, void* self, const void** block) {
    auto& reader = *static_cast<TarReader*>(self);
    archive* const raw = reader.raw_.get();
    std::size_t size = 0;
    la_int64_t offset = 0;
    int result = ARCHIVE_OK;
    do {
      result = archive_read_data_block(raw, block, &size, &offset);
    } while (result == ARCHIVE_OK && size == 0);
    if (result == ARCHIVE_EOF) return 0;
    reader.total_ += size;
    if (result == ARCHIVE_OK && reader.total_ <= reader.limits_.bytes)
      return static_cast<la_ssize_t>(size);
    // Kept here: the tar reader may put words of its own over these.
    reader.failure_ = result == ARCHIVE_OK ? "too big" : words_of(raw);
    reader.too_big_ = result == ARCHIVE_OK;
    archive_set_error(tar, archive_errno(raw), "%s", reader.failure_.c_str());
    return ARCHIVE_FATAL;
  }

  [[noreturn]] void damaged(archive* a) const {
    if (too_big_) {
      throw UsageError(fmt::format("{}: unpacks to more than {} MiB; is it really {}?", shown_,
                                   limits_.bytes >> 20, limits_.what));
    }
    const std::string words = failure_.empty() ? words_of(a) : failure_;
    if (words.find("Unrecognized archive format") != std::string::npos) {
      throw UsageError(
          fmt::format("{}: not a tar archive, or cut off at its start; give a .tar.xz, "
                      ".tar.gz, .tar.bz2, .tar.zst, or a directory",
                      shown_));
    }
    throw UsageError(fmt::format("{}: truncated or damaged ({}); get it again", shown_, words));
  }

  std::string shown_;
  UnpackLimits limits_;
  std::uint64_t total_ = 0;
  std::string failure_;
  bool too_big_ = false;
  std::unique_ptr<archive, FreeRead> raw_{archive_read_new()};
  std::unique_ptr<archive, FreeRead> tar_{archive_read_new()};
};

// How an archive's names and links are taken.
enum class Layout {
  as_it_is,
  system_root,  // see unpack_root
};

// Directories that a merged system has below /usr (hier(7), Debian's usrmerge).
constexpr std::array<std::string_view, 6> kMerged = {"bin",   "sbin",  "lib",
                                                     "lib32", "lib64", "libx32"};

bool is_merged(std::string_view part) {
  return std::find(kMerged.begin(), kMerged.end(), part) != kMerged.end();
}

// `path`, relative to a system's root, where a merged system has it.
std::string merged(const std::string& path) {
  return is_merged(path.substr(0, path.find('/'))) ? "usr/" + path : path;
}

class Unpacker {
 public:
  Unpacker(fs::path root, const UnpackLimits& limits, Layout layout)
      : root_(std::move(root)), limits_(limits), layout_(layout) {
    // The checks in place() come first; these are the second lock on the same door. "No absolute
    // paths" cannot be among them because everything is placed under an absolute path of ours.
    archive_write_disk_set_options(disk_.get(), ARCHIVE_EXTRACT_TIME |
                                                    ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                                    ARCHIVE_EXTRACT_SECURE_NODOTDOT);
  }

  // Puts all of `reader` in place; messages begin with `shown`.
  void unpack(TarReader& reader, const std::string& shown) {
    shown_ = shown;
    while (archive_entry* entry = reader.next()) {
      throw_if_stopped();
      place(entry, reader);
    }
  }

  void finish() { written(archive_write_close(disk_.get())); }

 private:
  void place(archive_entry* entry, TarReader& reader) {
    if (++entries_ > limits_.entries) {
      throw UsageError(fmt::format("{}: holds more than {} files; is it really {}?", shown_,
                                   limits_.entries, limits_.what));
    }
    const std::string in_archive =
        inside(text(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry)));
    const std::string name = placed(in_archive);
    // "./", and in a root what unpack_root() makes itself.
    if (name.empty() || (layout_ == Layout::system_root && is_merged(in_archive))) return;
    const std::unique_ptr<archive_entry, FreeEntry> made(archive_entry_new());
    archive_entry_copy_pathname(made.get(), (root_ / name).c_str());
    if (archive_entry_mtime_is_set(entry) != 0) {
      archive_entry_set_mtime(made.get(), archive_entry_mtime(entry), 0);
    }
    const std::string hard_link =
        text(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
    const auto type = archive_entry_filetype(entry);
    if (!hard_link.empty()) {
      make_hard_link(made.get(), name, hard_link);
    } else if (type == AE_IFDIR) {
      archive_entry_set_filetype(made.get(), AE_IFDIR);
      archive_entry_set_perm(made.get(), 0755);
    } else if (type == AE_IFREG) {
      make_file(made.get(), name, entry);
    } else if (type == AE_IFLNK) {
      make_symlink(made.get(), name,
                   link_target(in_archive, text(archive_entry_symlink(entry),
                                                archive_entry_symlink_utf8(entry))));
    } else {
      refuse(name, "is neither a file, a directory nor a link");
    }
    written(archive_write_header(disk_.get(), made.get()));
    if (type == AE_IFREG && hard_link.empty()) copy_data(reader);
    written(archive_write_finish_entry(disk_.get()));
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    throw UsageError(fmt::format("{}: refused: \"{}\" {}", shown_, printable(name), why));
  }

  void written(int result) const {
    if (result >= ARCHIVE_WARN) return;
    throw Failure(fmt::format("{}: cannot unpack it: {}", shown_, words_of(disk_.get())));
  }

  // A name that the C locale cannot spell is only there as UTF-8.
  static std::string text(const char* bytes, const char* utf8) {
    if (bytes != nullptr) return bytes;
    return utf8 != nullptr ? utf8 : "";
  }

  // `name` without "." and empty parts; refuses what would leave the tree.
  std::string inside(const std::string& name) const {
    if (name.empty()) refuse(name, "is an empty name");
    if (name.front() == '/') refuse(name, "is an absolute path");
    if (name.size() > 4000) refuse(name, "is too long a name");
    std::string clean;
    for (const fs::path& part : fs::path(name)) {
      if (part == "..") refuse(name, "leaves the archive's directory");
      if (part.empty() || part == ".") continue;
      if (!clean.empty()) clean += '/';
      clean += part.string();
    }
    const std::string whole = placed(clean);
    for (std::size_t end = whole.find('/'); end != std::string::npos;
         end = whole.find('/', end + 1))
      if (symlinks_.contains(whole.substr(0, end))) refuse(name, "goes through a symbolic link");
    return clean;
  }

  std::string placed(const std::string& name) const {
    return layout_ == Layout::system_root ? merged(name) : name;
  }

  // In a root, the target is looked up as on that system, from where the archive has the link, and
  // told from where the link is put. Above "/" is "/", for the kernel as for lexically_normal().
  std::string link_target(const std::string& name, const std::string& target) const {
    if (layout_ == Layout::as_it_is || target.empty()) return target;
    const fs::path meant =
        (fs::path("/") / fs::path(name).parent_path() / target).lexically_normal().relative_path();
    const fs::path from = fs::path(merged(name)).parent_path();
    const fs::path to = merged(meant.string());
    return to.lexically_proximate(from).string();
  }

  void make_file(archive_entry* made, const std::string& name, archive_entry* entry) {
    const la_int64_t size = archive_entry_size(entry);
    // Counted as declared: a sparse file may claim far more than the archive holds.
    if (size < 0 || static_cast<std::uint64_t>(size) > limits_.bytes - bytes_) {
      refuse(name, fmt::format("makes it more than {} MiB", limits_.bytes >> 20));
    }
    bytes_ += static_cast<std::uint64_t>(size);
    archive_entry_set_filetype(made, AE_IFREG);
    archive_entry_set_perm(made, (archive_entry_perm(entry) & 0100) != 0 ? 0755 : 0644);
    archive_entry_set_size(made, size);
    symlinks_.erase(name);
  }

  void make_symlink(archive_entry* made, const std::string& name, const std::string& target) {
    if (!link_stays_inside(name, target)) refuse(name, "is a link that leaves the tree");
    archive_entry_set_filetype(made, AE_IFLNK);
    archive_entry_copy_symlink(made, target.c_str());
    symlinks_.insert(name);
  }

  void make_hard_link(archive_entry* made, const std::string& name, const std::string& target) {
    const fs::path existing = root_ / placed(inside(target));
    if (fs::symlink_status(existing).type() != fs::file_type::regular) {
      refuse(name, "is a hard link to something that is no file of the archive");
    }
    archive_entry_set_filetype(made, AE_IFREG);
    archive_entry_copy_hardlink(made, existing.c_str());
    symlinks_.erase(name);
  }

  void copy_data(TarReader& reader) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (reader.block(&data, &size, &offset)) {
      throw_if_stopped();
      const la_ssize_t result = archive_write_data_block(disk_.get(), data, size, offset);
      written(result < 0 ? static_cast<int>(result) : ARCHIVE_OK);
    }
  }

  fs::path root_;
  std::string shown_;
  UnpackLimits limits_;
  Layout layout_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
  std::set<std::string> symlinks_;
  std::unique_ptr<archive, FreeWrite> disk_{archive_write_disk_new()};
};

}  // namespace

void unpack_archive(const fs::path& archive, const fs::path& into, const std::string& shown,
                    const UnpackLimits& limits) {
  const fs::path raw = into.string() + ".raw";
  fs::create_directory(raw);
  {
    TarReader reader(archive, shown, limits);
    // Canonical: SECURE_SYMLINKS also looks at the directories above, where a link is the user's
    // business.
    Unpacker unpacker(fs::canonical(raw), limits, Layout::as_it_is);
    unpacker.unpack(reader, shown);
    unpacker.finish();
  }
  std::vector<fs::directory_entry> top(fs::directory_iterator(raw), fs::directory_iterator{});
  if (top.size() == 1 && top.front().is_directory() && !top.front().is_symlink()) {
    fs::rename(top.front().path(), into);
    fs::remove(raw);
  } else {
    fs::rename(raw, into);
  }
}

void unpack_root(const std::vector<std::pair<fs::path, std::string>>& tarballs,
                 const fs::path& into, const UnpackLimits& limits) {
  fs::create_directory(into);
  Unpacker unpacker(fs::canonical(into), limits, Layout::system_root);
  for (const auto& [file, shown] : tarballs) {
    TarReader reader(file, shown, limits);
    unpacker.unpack(reader, shown);
  }
  unpacker.finish();
  for (const std::string_view name : kMerged) {
    const fs::path below = fs::path("usr") / name;
    if (fs::is_directory(into / below)) fs::create_symlink(below, into / name);
  }
}

}  // namespace pytune
