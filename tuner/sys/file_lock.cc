#include "sys/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <utility>

#include "sys/error.h"
#include "sys/process.h"
#include "sys/process_mark.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr auto kSilence = std::chrono::seconds(3);
constexpr std::size_t kLongestCommand = 120;
constexpr std::size_t kMarkDigits = 32;

[[noreturn]] void fail_to(const char* what, const fs::path& path, int error) {
  throw Failure(fmt::format("{}: {}: {}", path.string(), what, system_reason(error, path)));
}

int open_lock_file(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail_to("cannot open the lock file", path, errno);
  return fd;
}

// False: another has it.
bool take(int fd, int how, const fs::path& path) {
  while (flock(fd, how | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EWOULDBLOCK) return false;
    if (error != EINTR) fail_to("cannot be locked", path, error);
  }
  return true;
}

// Where nothing can be told it is, so that nothing is removed.
bool is_refused(const fs::path& path, int how) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool refused = flock(fd, how | LOCK_NB) != 0;
  close(fd);
  return refused;
}

// Its last holder may have removed it since it was opened.
bool is_the_same(int fd, const fs::path& path) {
  struct stat ours = {};
  struct stat theirs = {};
  return fstat(fd, &ours) == 0 && stat(path.c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

std::string describe_process(pid_t pid) {
  if (pid == 0) return "another process";
  std::ifstream in(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::string words(kLongestCommand, '\0');
  in.read(words.data(), static_cast<std::streamsize>(words.size()));
  words.resize(static_cast<std::size_t>(in.gcount()));
  while (!words.empty() && words.back() == '\0') words.pop_back();
  for (char& c : words) c = c == '\0' ? ' ' : c < ' ' || c > '~' ? '?' : c;
  return words.empty() ? fmt::format("pid {}", pid) : fmt::format("pid {} ({})", pid, words);
}

void warn_on_stderr(const std::string& text) {
  std::cerr << "pytune: warning: " << text << std::endl;
}

bool is_mark(const std::string& text) {
  return text.size() == kMarkDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool lock_now(int fd, const fs::path& path) { return take(fd, LOCK_EX, path); }

// proc_locks(5): "1: FLOCK  ADVISORY  WRITE 12 08:01:13 0 EOF", by the inode; the device is another
// one on file systems such as btrfs. 0: not known here, as of another container.
pid_t lock_holder(const fs::path& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return 0;
  const std::string inode = fmt::format(":{}", info.st_ino);
  std::ifstream in("/proc/locks");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string skipped;
    std::string kind;
    std::string file;
    pid_t pid = 0;
    words >> skipped >> kind >> skipped >> skipped >> pid >> file;
    if (words && kind == "FLOCK" && file.ends_with(inode)) return std::max(pid, 0);
  }
  return 0;
}

std::optional<FileLock> FileLock::try_lock(const fs::path& path, int how) {
  while (true) {
    FileLock lock(open_lock_file(path));
    if (!take(lock.fd_, how, path)) return std::nullopt;
    if (is_the_same(lock.fd_, path)) return lock;
  }
}

FileLock FileLock::wait(const fs::path& path, int how, const Tell& tell,
                        std::chrono::milliseconds silence) {
  const auto start = std::chrono::steady_clock::now();
  for (bool told = false;;) {
    if (auto lock = try_lock(path, how)) return std::move(*lock);
    throw_if_stopped();
    if (!told && std::chrono::steady_clock::now() - start > silence) {
      const std::string text = fmt::format("waiting for {}, which holds {}",
                                           describe_process(lock_holder(path)), path.string());
      tell ? tell(text) : warn_on_stderr(text);
      told = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  return try_lock(path, LOCK_EX);
}

FileLock FileLock::acquire(const fs::path& path, const Tell& tell,
                           std::chrono::milliseconds silence) {
  return wait(path, LOCK_EX, tell, silence);
}

FileLock FileLock::share(const fs::path& path) { return wait(path, LOCK_SH, {}, kSilence); }

bool FileLock::is_held(const fs::path& path) { return is_refused(path, LOCK_SH); }

bool FileLock::is_locked(const fs::path& path) { return is_refused(path, LOCK_EX); }

FileLock::FileLock(FileLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), signed_(std::exchange(other.signed_, false)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(signed_, other.signed_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ < 0) return;
  if (signed_) (void)!ftruncate(fd_, 0);
  close(fd_);
}

void FileLock::sign() {
  std::array<char, kMarkDigits> left{};
  const ssize_t n = pread(fd_, left.data(), left.size(), 0);
  const std::string mark(left.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  if (is_mark(mark) && mark != run_mark()) end_what_is_left_of(mark_entry(mark));
  const std::string text = run_mark() + "\n";
  signed_ = true;
  (void)!ftruncate(fd_, 0);
  (void)!pwrite(fd_, text.data(), text.size(), 0);  // on a full disk the next finds no mark
}

}  // namespace pytune
