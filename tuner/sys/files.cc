#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "sys/error.h"
#include "sys/inheritance.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, const char* what) {
  const int error = errno;
  throw Failure(fmt::format("{}: {}: {}", path.string(), what, system_reason(error, path)));
}

void sync_directory(const fs::path& dir) {
  const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// As mkdtemp(3) makes them.
std::string random_letters() {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  static thread_local std::mt19937_64 random{std::random_device{}()};
  std::string letters(6, 'x');
  for (char& letter : letters) letter = kLetters[random() % kLetters.size()];
  return letters;
}

std::string unique_suffix() {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}.{}.{}", getpid(), counter++,
                     std::chrono::steady_clock::now().time_since_epoch().count() % 1000000007);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path, "cannot read");
  std::string bytes;
  char buffer[65536];
  ssize_t n = 0;
  while ((n = read(fd, buffer, sizeof buffer)) > 0)
    bytes.append(buffer, static_cast<std::size_t>(n));
  if (n < 0) {
    close(fd);
    fail(path, "cannot read");
  }
  close(fd);
  return bytes;
}

namespace {

void write_file(const fs::path& path, std::string_view bytes, mode_t mode) {
  const fs::path temporary = path.string() + ".tmp." + unique_suffix();
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) fail(path, "cannot write");
  const auto give_up = [&](const char* what) {
    const int error = errno;
    close(fd);
    unlink(temporary.c_str());
    errno = error;
    fail(path, what);
  };
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up("cannot write");
    written += static_cast<std::size_t>(n);
  }
  if (fsync(fd) != 0) give_up("cannot flush to the disk");
  close(fd);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    errno = error;
    fail(path, "cannot write");
  }
  sync_directory(path.parent_path().empty() ? fs::path(".") : path.parent_path());
}

}  // namespace

void write_file_atomic(const fs::path& path, std::string_view bytes) {
  write_file(path, bytes, 0644);
}

void write_user_file(const fs::path& path, std::string_view bytes) {
  write_file(path, bytes, 0644 & ~inherited_umask());
}

bool publish_directory(const fs::path& dir, const fs::path& target) {
  const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail(dir, "cannot open");
  if (syncfs(fd) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    fail(dir, "cannot flush to the disk");
  }
  close(fd);
  if (fs::create_directories(target.parent_path()))
    sync_directory(target.parent_path().parent_path());
  // renameat2 with RENAME_NOREPLACE is not on every file system; rename() onto a non-empty
  // directory fails by itself.
  if (rename(dir.c_str(), target.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
    fail(target, "cannot put into place");
  }
  sync_directory(target.parent_path());
  return true;
}

namespace {

// Moves every directory below `dir` up into it, so that none is deeper than one level: what removes
// a tree from within holds a file open for each level, and a path has a longest length.
void flatten(const fs::path& dir) {
  std::error_code ignored;
  const auto is_directory = [&](const fs::directory_entry& entry) {
    return entry.is_directory(ignored) && !entry.is_symlink(ignored);
  };
  std::vector<fs::path> upper;
  for (const auto& entry : fs::directory_iterator(dir, ignored))
    if (is_directory(entry)) upper.push_back(entry.path());
  for (std::size_t i = 0; i < upper.size(); ++i) {
    const fs::path from = upper[i];
    fs::permissions(from, fs::perms::owner_all, fs::perm_options::add, ignored);
    for (const auto& lower : fs::directory_iterator(from, ignored)) {
      if (!is_directory(lower)) continue;
      fs::permissions(lower.path(), fs::perms::owner_all, fs::perm_options::add, ignored);
      const fs::path to = dir / fmt::format("{}.{}", unique_suffix(), i);
      if (rename(lower.path().c_str(), to.c_str()) == 0) upper.push_back(to);
    }
  }
}

}  // namespace

void remove_tree(const fs::path& dir) {
  std::error_code error;
  fs::remove_all(dir, error);
  if (!error) return;
  // Read-only directories (an unpacked archive may hold some) must be opened up first; a file that
  // vanishes meanwhile is fine.
  std::error_code ignored;
  if (!fs::is_symlink(dir, ignored))
    fs::permissions(dir, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (auto it = fs::recursive_directory_iterator(
           dir, fs::directory_options::skip_permission_denied, ignored);
       it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored))
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  fs::remove_all(dir, error);
  if (!error) return;
  flatten(dir);
  fs::remove_all(dir, error);
  if (error)
    throw Failure(
        fmt::format("{}: cannot remove: {}", dir.string(), system_reason(error.value(), dir)));
}

namespace {

// Moves the bytes of an open file, by the kernel where the file system can.
bool copy_bytes(int from, int to) {
  std::array<char, 65536> buffer{};
  bool by_kernel = true;
  while (true) {
    if (by_kernel) {
      const ssize_t moved = copy_file_range(from, nullptr, to, nullptr, 1U << 30U, 0);
      if (moved > 0) continue;
      // Some file systems copy nothing and say nothing; reading tells.
      by_kernel = false;
      if (moved < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return false;
    }
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    for (ssize_t written = 0; written < n;) {
      const ssize_t w = write(to, buffer.data() + written, static_cast<std::size_t>(n - written));
      if (w < 0 && errno != EINTR) return false;
      written += std::max<ssize_t>(w, 0);
    }
  }
}

// Without set-id and sticky bits, which a tree of another owner would hand to root's copy of it.
// What is opened is looked at, and not what lay there a moment before: never a device, a pipe, or
// what a link points to.
void copy_regular(const fs::path& from, const fs::path& to) {
  const int source = open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (source < 0) fail(from, "cannot read");
  struct stat info = {};
  const bool looked_at = fstat(source, &info) == 0;
  if (!looked_at || !S_ISREG(info.st_mode)) {
    close(source);
    throw Failure(
        fmt::format("{}: is no ordinary file, and is not copied; remove it", from.string()));
  }
  const int target = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool copied =
      target >= 0 && copy_bytes(source, target) && fchmod(target, info.st_mode & 0777U) == 0;
  const int error = errno;
  close(source);
  if (target >= 0) close(target);
  errno = error;
  if (!copied) fail(to, "cannot copy");
}

}  // namespace

void copy_tree(const fs::path& from, const fs::path& to, bool hard_link) {
  struct stat info = {};
  if (lstat(from.c_str(), &info) != 0) fail(from, "cannot read");
  if (S_ISLNK(info.st_mode)) {
    fs::copy_symlink(from, to);
  } else if (S_ISDIR(info.st_mode)) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from))
      copy_tree(entry.path(), to / entry.path().filename(), hard_link);
    fs::permissions(to, fs::status(from).permissions() & fs::perms::all);
  } else if (!hard_link || link(from.c_str(), to.c_str()) != 0) {
    copy_regular(from, to);
  } else {
    return;
  }
  const timespec times[2] = {info.st_atim, info.st_mtim};
  utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

std::uint64_t tree_bytes(const fs::path& dir) {
  std::uint64_t bytes = 0;
  std::set<std::pair<dev_t, ino_t>> seen;
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(
           dir, fs::directory_options::skip_permission_denied, ignored);
       it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    struct stat info = {};
    if (lstat(it->path().c_str(), &info) != 0) continue;
    if (info.st_nlink > 1 && S_ISREG(info.st_mode) &&
        !seen.emplace(info.st_dev, info.st_ino).second)
      continue;
    bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return bytes;
}

std::uint64_t free_bytes(const fs::path& dir) {
  struct statvfs info = {};
  if (statvfs(dir.c_str(), &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

fs::path nearest_directory(fs::path path) {
  path = fs::absolute(path);
  while (!fs::exists(path) && path.has_relative_path()) path = path.parent_path();
  return path;
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent, std::string_view stem,
                                       Liveness liveness) {
  fs::create_directories(parent);
  const std::string beginning = (parent / fmt::format("{}.{}.", stem, getpid())).string();
  // The lock comes first: a directory without one is taken for a dead run's.
  while (path_.empty()) {
    const std::string name = beginning + random_letters();
    if (liveness == Liveness::locked) {
      lock_file_ = name + std::string(kLivenessSuffix);
      alive_ = FileLock::try_acquire(lock_file_);
      if (!alive_) continue;
      alive_->sign();
    }
    if (mkdir(name.c_str(), 0700) == 0)
      path_ = name;
    else if (errno != EEXIST)
      fail(parent, "cannot create a temporary directory");
  }
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      lock_file_(std::exchange(other.lock_file_, {})),
      alive_(std::move(other.alive_)) {
  other.alive_.reset();
}

TemporaryDirectory::~TemporaryDirectory() {
  try {
    if (!path_.empty()) remove_tree(path_);
  } catch (const Failure&) {
    return;  // the store clears leftovers at its next start
  }
  if (!lock_file_.empty()) unlink(lock_file_.c_str());
}

fs::path temporary_files() {
  const char* chosen = std::getenv("TMPDIR");
  for (const char* directory : {chosen != nullptr ? chosen : "", "/tmp", "/var/tmp"}) {
    struct stat info = {};
    struct statvfs mount = {};
    if (stat(directory, &info) == 0 && S_ISDIR(info.st_mode) &&
        access(directory, W_OK | X_OK) == 0 && statvfs(directory, &mount) == 0 &&
        (mount.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0)
      return fs::absolute(directory);
  }
  throw Failure(
      "no directory for temporary files that can be written to and run programs from: neither "
      "$TMPDIR "
      "nor /tmp nor /var/tmp; set TMPDIR to one");
}

}  // namespace pytune
