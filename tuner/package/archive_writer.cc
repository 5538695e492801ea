#include "package/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Measured on the full archive of a CPython with debug information, 150 MB, one thread: level
// 9 36.8 MB in 3 s, level 12 35.9 MB in 7 s, 15 33.4 MB in 22 s, 16 30.7 MB in 42 s, 19 28.7 MB in
// 76 s. Long-distance matching in a window of 2^27 bytes, the largest that zstd's readers accept
// without being told to, costs next to nothing. gzip -9 takes eight times as long as gzip -6 for
// half a percent.
constexpr int kZstdLevel = 12;
constexpr int kZstdWindowLog = 27;
constexpr const char* kGzipLevel = "6";

// Where the archive's bytes go: through zstd if asked for, hashed, into the file.
class Sink {
 public:
  Sink(int fd, bool zstd) : fd_(fd) {
    if (!zstd) return;
    stream_.reset(ZSTD_createCCtx());
    if (!stream_) throw std::bad_alloc();
    set(ZSTD_c_compressionLevel, kZstdLevel);
    set(ZSTD_c_enableLongDistanceMatching, 1);
    set(ZSTD_c_windowLog, kZstdWindowLog);
    set(ZSTD_c_checksumFlag, 1);
    set(ZSTD_c_nbWorkers, 0);  // more threads cut the input elsewhere: other bytes
    buffer_.resize(ZSTD_CStreamOutSize());
  }

  // Returns 0, or the errno of what went wrong.
  int put(const void* data, std::size_t size) {
    return stream_ ? compress(data, size, ZSTD_e_continue) : write_out(data, size);
  }
  int finish() {
    const int error = stream_ ? compress(nullptr, 0, ZSTD_e_end) : 0;
    return error != 0 ? error : (fsync(fd_) == 0 ? 0 : errno);
  }
  std::string hash() { return hash_.hex(); }
  std::uint64_t bytes() const { return bytes_; }
  int error() const { return error_; }

 private:
  void set(ZSTD_cParameter parameter, int value) {
    if (ZSTD_isError(ZSTD_CCtx_setParameter(stream_.get(), parameter, value)))
      throw Failure(
          fmt::format("libzstd {} does not take compression parameter {}; use 1.5 or newer",
                      ZSTD_versionString(), static_cast<int>(parameter)));
  }

  int compress(const void* data, std::size_t size, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{data, size, 0};
    while (true) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
      if (ZSTD_isError(left)) return error_ = ENOMEM;
      if (const int error = write_out(buffer_.data(), out.pos)) return error;
      if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return 0;
    }
  }

  int write_out(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    hash_.update(std::string_view(bytes, size));
    bytes_ += size;
    while (size > 0) {
      const ssize_t n = write(fd_, bytes, size);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return error_ = n < 0 ? errno : EIO;
      bytes += n;
      size -= static_cast<std::size_t>(n);
    }
    return 0;
  }

  struct FreeStream {
    void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  };
  int fd_;
  int error_ = 0;
  std::uint64_t bytes_ = 0;
  Sha256 hash_;
  std::unique_ptr<ZSTD_CCtx, FreeStream> stream_;
  std::string buffer_;
};

la_ssize_t put_bytes(archive* /*unused*/, void* sink, const void* data, std::size_t size) {
  return static_cast<Sink*>(sink)->put(data, size) == 0 ? static_cast<la_ssize_t>(size) : -1;
}

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
struct CloseFile {
  int fd;
  ~CloseFile() { close(fd); }
};

class Writer {
 public:
  Writer(const fs::path& target, Sink& sink, Compression compression, std::int64_t modified)
      : target_(target), sink_(sink), modified_(modified), archive_(archive_write_new()) {
    if (!archive_) throw std::bad_alloc();
    // The pax format, with extended headers only where ustar cannot say it (long names).
    check(archive_write_set_format_pax_restricted(archive_.get()));
    if (compression == Compression::gzip) {
      check(archive_write_add_filter_gzip(archive_.get()));
      check(
          archive_write_set_filter_option(archive_.get(), "gzip", "compression-level", kGzipLevel));
      check(archive_write_set_filter_option(archive_.get(), "gzip", "timestamp",
                                            nullptr));  // gzip -n
    }
    // No padding to a tape block: gzip would call it trailing garbage.
    check(archive_write_set_bytes_in_last_block(archive_.get(), 1));
    check(archive_write_open(archive_.get(), &sink_, nullptr, put_bytes, nullptr));
  }

  void add(const ArchiveEntry& entry) {
    throw_if_stopped();
    if (entry.content) {
      header(entry.name, AE_IFREG, entry.executable ? 0755 : 0644, entry.content->size(), "");
      data(entry.content->data(), entry.content->size());
    } else if (entry.file.empty()) {
      header(entry.name, AE_IFDIR, 0755, 0, "");
    } else {
      add_file(entry);
    }
  }

  void close() {
    check(archive_write_close(archive_.get()));
    if (const int error = sink_.finish()) fail(error);
  }

 private:
  [[noreturn]] void fail(int error) const {
    const char* remedy = error == ENOSPC || error == EDQUOT || error == EFBIG
                             ? "; free some space there or choose another output directory"
                             : "";
    throw Failure(
        fmt::format("{}: cannot write: {}{}", target_.string(), std::strerror(error), remedy));
  }

  void check(int status) const {
    if (sink_.error() != 0) fail(sink_.error());
    // A warning is about a name in no known character set, which goes in as the bytes it is.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      throw Failure(fmt::format("{}: cannot write: {}", target_.string(),
                                archive_error_string(archive_.get())));
  }

  void header(const std::string& name, unsigned type, unsigned mode, std::uint64_t size,
              const std::string& link) const {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), static_cast<__LA_MODE_T>(mode));
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry.get(), static_cast<time_t>(modified_), 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    archive_entry_set_uname(entry.get(), "root");
    archive_entry_set_gname(entry.get(), "root");
    if (type == AE_IFLNK) archive_entry_set_symlink(entry.get(), link.c_str());
    check(archive_write_header(archive_.get(), entry.get()));
  }

  void data(const char* bytes, std::size_t size) const {
    if (size == 0) return;
    const la_ssize_t written = archive_write_data(archive_.get(), bytes, size);
    if (written < 0) check(static_cast<int>(written));
    if (written != static_cast<la_ssize_t>(size))
      throw Failure(fmt::format("{}: cannot write: short write", target_.string()));
  }

  void add_file(const ArchiveEntry& entry) const {
    struct stat info = {};
    if (lstat(entry.file.c_str(), &info) != 0) unreadable(entry, std::strerror(errno));
    if (S_ISLNK(info.st_mode))
      return header(entry.name, AE_IFLNK, 0777, 0, fs::read_symlink(entry.file).string());
    if (S_ISDIR(info.st_mode)) return header(entry.name, AE_IFDIR, 0755, 0, "");
    if (!S_ISREG(info.st_mode)) unreadable(entry, "not a file");
    const int fd = open(entry.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) unreadable(entry, std::strerror(errno));
    const CloseFile guard{fd};
    auto left = static_cast<std::uint64_t>(info.st_size);
    header(entry.name, AE_IFREG, (info.st_mode & S_IXUSR) != 0 ? 0755 : 0644, left, "");
    std::string buffer(std::size_t{1} << 18, '\0');
    while (left > 0) {
      throw_if_stopped();
      const ssize_t n =
          read(fd, buffer.data(),
               static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left)));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) unreadable(entry, n < 0 ? std::strerror(errno) : "it became shorter meanwhile");
      data(buffer.data(), static_cast<std::size_t>(n));
      left -= static_cast<std::uint64_t>(n);
    }
  }

  [[noreturn]] static void unreadable(const ArchiveEntry& entry, const char* why) {
    throw Failure(fmt::format("{}: cannot read: {}", entry.file.string(), why));
  }

  const fs::path& target_;
  Sink& sink_;
  std::int64_t modified_;
  std::unique_ptr<archive, FreeWriter> archive_;
};

// Every parent directory has an entry of its own, as tar writes them.
void add_parents(std::vector<ArchiveEntry>& entries) {
  std::set<std::string> names;
  for (const auto& entry : entries) names.insert(entry.name);
  const std::size_t count = entries.size();
  for (std::size_t i = 0; i < count; ++i)
    for (fs::path parent = fs::path(entries[i].name).parent_path(); !parent.empty();
         parent = parent.parent_path())
      if (names.insert(parent.string()).second)
        entries.push_back({.name = parent.string(), .file = {}, .content = {}});
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace

PendingArchive::PendingArchive(fs::path temporary, PackageFile file)
    : temporary_(std::move(temporary)), file_(std::move(file)) {}

PendingArchive::PendingArchive(PendingArchive&& other) noexcept
    : temporary_(std::exchange(other.temporary_, {})), file_(std::move(other.file_)) {}

PendingArchive::~PendingArchive() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

PackageFile PendingArchive::commit() {
  if (rename(temporary_.c_str(), file_.path.c_str()) != 0)
    throw Failure(fmt::format("{}: cannot write: {}", file_.path.string(), std::strerror(errno)));
  temporary_.clear();
  return file_;
}

PendingArchive write_archive(const fs::path& target, std::vector<ArchiveEntry> entries,
                             Compression compression, std::int64_t modified) {
  add_parents(entries);
  std::string temporary = target.string() + ".tmp.XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0)
    throw Failure(fmt::format("{}: cannot write: {}", target.string(), std::strerror(errno)));
  const CloseFile guard{fd};
  PendingArchive pending(temporary, {.path = target, .sha256 = {}, .bytes = 0});
  fchmod(fd, 0644);
  Sink sink(fd, compression == Compression::zstd);
  Writer writer(target, sink, compression, modified);
  for (const auto& entry : entries) writer.add(entry);
  writer.close();
  pending.file_.sha256 = sink.hash();
  pending.file_.bytes = sink.bytes();
  return pending;
}

}  // namespace pytune
