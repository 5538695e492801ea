#include "package/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct FreeReader {
  void operator()(archive* a) const { archive_read_free(a); }
};

class Unpacker {
 public:
  Unpacker(const fs::path& file, const fs::path& target)
      : file_(file), target_(target), archive_(archive_read_new()) {
    if (!archive_) throw std::bad_alloc();
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open_filename(archive_.get(), file.c_str(), 1 << 18) != ARCHIVE_OK) damaged();
  }

  Unpacked run() {
    while (true) {
      throw_if_stopped();
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(archive_.get(), &entry);
      if (status == ARCHIVE_EOF) return result_;
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) damaged();
      unpack(entry);
    }
  }

 private:
  [[noreturn]] void damaged() const {
    const char* why = archive_error_string(archive_.get());
    throw Failure(
        fmt::format("{}: cannot unpack: {}", file_.string(), why != nullptr ? why : "damaged"));
  }
  [[noreturn]] void refuse(const std::string& name, const char* why) const {
    throw Failure(fmt::format("{}: entry \"{}\" {}; nobody should unpack this archive",
                              file_.string(), name, why));
  }
  [[noreturn]] void cannot_write(const fs::path& path) const {
    throw Failure(fmt::format("{}: cannot write: {}", path.string(), std::strerror(errno)));
  }

  // The name as a path below the target, all of whose parents are real directories made by this
  // archive.
  fs::path place(const std::string& name) const {
    const fs::path relative(name);
    if (name.empty() || relative.is_absolute()) refuse(name, "has an absolute name");
    fs::path path = target_;
    for (const auto& part : relative) {
      if (part.empty() || part == ".") continue;  // "python/" ends in an empty part
      if (part == "..") refuse(name, "leads out of the archive");
      if (!fs::is_directory(fs::symlink_status(path)))
        refuse(name, "lies below something that is no directory");
      path /= part;
    }
    return path;
  }

  void unpack(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw != nullptr ? raw : "";
    const fs::path path = place(name);
    if (archive_entry_hardlink(entry) != nullptr) refuse(name, "is a hard link");
    const bool exists = fs::exists(fs::symlink_status(path));
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        if (exists && !fs::is_directory(fs::symlink_status(path))) refuse(name, "comes twice");
        fs::create_directories(path);
        ++result_.directories;
        return;
      case AE_IFLNK:
        return link(entry, name, path, exists);
      case AE_IFREG:
        return regular(entry, name, path);
      default:
        refuse(name, "is neither file, directory nor link");
    }
  }

  void link(archive_entry* entry, const std::string& name, const fs::path& path, bool exists) {
    const char* raw = archive_entry_symlink(entry);
    const fs::path to(raw != nullptr ? raw : "");
    if (exists) refuse(name, "comes twice");
    const fs::path resolved = (fs::path(name).parent_path() / to).lexically_normal();
    if (to.empty() || to.is_absolute() || resolved.empty() || *resolved.begin() == "..")
      refuse(name, "is a link that leads out of the archive");
    if (symlink(to.c_str(), path.c_str()) != 0) cannot_write(path);
    ++result_.links;
  }

  void regular(archive_entry* entry, const std::string& name, const fs::path& path) {
    const mode_t mode = archive_entry_perm(entry) & 0777;
    const int fd =
        open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode | S_IWUSR);
    if (fd < 0 && errno == EEXIST) refuse(name, "comes twice");
    if (fd < 0) cannot_write(path);
    const int status = archive_read_data_into_fd(archive_.get(), fd);
    // The archive's time, as tar restores it: a .pyc that depends on times shows itself here.
    const timespec times[2] = {{.tv_sec = archive_entry_mtime(entry), .tv_nsec = 0},
                               {.tv_sec = archive_entry_mtime(entry), .tv_nsec = 0}};
    futimens(fd, times);
    if (close(fd) != 0) cannot_write(path);
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) damaged();
    ++result_.files;
  }

  const fs::path& file_;
  const fs::path& target_;
  std::unique_ptr<archive, FreeReader> archive_;
  Unpacked result_;
};

}  // namespace

Unpacked unpack_archive(const fs::path& file, const fs::path& target) {
  return Unpacker(file, target).run();
}

}  // namespace pytune
