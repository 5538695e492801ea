#include "machine/cpu_claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "input/text.h"
#include "sys/error.h"
#include "sys/file_lock.h"
#include "sys/system_reason.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestCommand = 120;

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw Failure(
      fmt::format("{}: {}; remove it, or choose another directory for the locks with PYTUNE_LOCKS",
                  file.string(), why));
}

// Others may write to the directory, so what stands there may be anything: a link is not followed,
// a pipe is not waited for, and O_CREAT, which fs.protected_regular forbids on another user's
// file, is used on new ones only.
int open_lock(const fs::path& file) {
  constexpr int kSafely = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  while (true) {
    int fd = open(file.c_str(), O_RDWR | kSafely);
    if (fd < 0 && errno == EACCES) fd = open(file.c_str(), O_RDONLY | kSafely);
    if (fd < 0 && errno == ENOENT) {
      fd = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | kSafely, 0666);
      if (fd < 0 && errno == EEXIST) continue;  // somebody was faster
      if (fd >= 0) (void)!fchmod(fd, 0666);     // for the others, whatever our umask
    }
    if (fd < 0) fail(file, fmt::format("cannot be opened: {}", std::strerror(errno)));
    struct stat info = {};
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink <= 1) return fd;
    close(fd);
    fail(file, "is not a lock file");
  }
}

// Something may have cleared the directory since the file was opened.
bool still_there(int fd, const fs::path& file) {
  struct stat ours = {};
  struct stat theirs = {};
  return fstat(fd, &ours) == 0 && lstat(file.c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

// write_pid() was when it took the lock.
std::time_t written_at(int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0 || info.st_mtim.tv_sec > std::time(nullptr)) return 0;
  return info.st_mtim.tv_sec;
}

// Of the wall clock that the user has: today's time, or date and time.
std::string clock_text(std::time_t when) {
  const std::time_t now = std::time(nullptr);
  std::tm then = {};
  std::tm today = {};
  localtime_r(&when, &then);
  localtime_r(&now, &today);
  const bool same_day = then.tm_yday == today.tm_yday && then.tm_year == today.tm_year;
  std::array<char, 32> text = {};
  const std::size_t size =
      std::strftime(text.data(), text.size(), same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
  return {text.data(), size};
}

void write_pid(int fd) {
  const std::string text = fmt::format("{}\n", getpid());
  (void)!ftruncate(fd, 0);  // it only helps whoever is refused
  (void)!pwrite(fd, text.data(), text.size(), 0);
}

std::string command_of(int pid) {
  std::ifstream in(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::string words(kLongestCommand * 2, '\0');
  in.read(words.data(), static_cast<std::streamsize>(words.size()));
  words.resize(static_cast<std::size_t>(in.gcount()));
  std::replace(words.begin(), words.end(), '\0', ' ');
  struct stat process = {};
  const bool others =
      stat(fmt::format("/proc/{}", pid).c_str(), &process) == 0 && process.st_uid != geteuid();
  return printable(words, kLongestCommand) + (others ? " of " + user_name(process.st_uid) : "");
}

// Nobody can remove there what is not theirs.
bool shared_by_all(const fs::path& directory) {
  struct stat info = {};
  return stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
         (info.st_mode & S_ISVTX) != 0 && (info.st_mode & S_IWOTH) != 0 &&
         access(directory.c_str(), W_OK) == 0;
}

}  // namespace

std::string CpuHolder::describe() const {
  if (pid == 0) return "another process";
  return fmt::format("pid {}{}{}", pid, command.empty() ? "" : " (" + command + ")",
                     since == 0 ? "" : " since " + clock_text(since));
}

std::string CpuHolder::sentence() const {
  return fmt::format("CPU {} is being measured on by {}", cpu_list(cpus), describe());
}

std::optional<CpuClaim> CpuClaim::try_take(const std::vector<int>& cpus, const fs::path& directory,
                                           CpuHolder& holder) {
  holder = CpuHolder();
  CpuClaim claim;
  std::vector<int> sorted = cpus;
  std::sort(sorted.begin(), sorted.end());
  claim.files_.reserve(sorted.size());
  for (std::size_t i = 0; i < sorted.size();) {
    const fs::path file = directory / fmt::format("pytune-cpu-{}.lock", sorted[i]);
    const int fd = open_lock(file);
    if (!lock_now(fd, file)) {
      holder.cpus.push_back(sorted[i++]);
      if (holder.pid == 0) holder.pid = lock_holder(file);
      if (holder.pid != 0 && holder.since == 0) holder.since = written_at(fd);
      close(fd);
    } else if (!still_there(fd, file)) {
      close(fd);
    } else {
      claim.files_.push_back(fd);
      ++i;
    }
  }
  if (holder.cpus.empty()) {
    for (const int fd : claim.files_) write_pid(fd);
    return claim;
  }
  if (holder.pid != 0) holder.command = command_of(holder.pid);
  return std::nullopt;
}

CpuClaim& CpuClaim::operator=(CpuClaim&& other) noexcept {
  std::swap(files_, other.files_);
  return *this;
}

CpuClaim::~CpuClaim() {
  for (const int fd : files_) close(fd);
}

fs::path cpu_lock_directory(const fs::path& otherwise) {
  if (const char* chosen = std::getenv("PYTUNE_LOCKS"); chosen != nullptr && *chosen != '\0') {
    std::error_code error;
    fs::create_directories(chosen, error);
    if (error || access(chosen, W_OK) != 0)
      throw UsageError(
          fmt::format("PYTUNE_LOCKS: {}: not a directory that can be written to", chosen));
    return chosen;
  }
  for (const char* directory : {"/run/lock", "/tmp"}) {
    if (shared_by_all(directory)) return directory;
  }
  return otherwise;
}

std::string cpu_list(std::vector<int> cpus) {
  std::sort(cpus.begin(), cpus.end());
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t end = i + 1;
    while (end < cpus.size() && cpus[end] == cpus[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(cpus[i]);
    if (end - i > 1) text += "-" + std::to_string(cpus[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace pytune
