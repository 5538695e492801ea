#include "sys/process_mark.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <random>

namespace pytune {
namespace {

std::string random_mark() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device;
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(device());
  }
  std::string digits;
  for (const unsigned char byte : bytes) digits += fmt::format("{:02x}", byte);
  return digits;
}

// proc(5), environ: entries that end in a zero byte. Read in pieces, as it may be megabytes; what
// could be the beginning of the entry is kept for the next.
bool environment_has(int directory, const char* name, std::string_view entry) noexcept {
  const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::array<char, 4096> buffer;
  bool at_start = true;     // of an entry
  std::size_t matched = 0;  // of the entry that is being read
  bool found = false;
  ssize_t n = 0;
  while (!found &&
         ((n = read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR))) {
    for (ssize_t i = 0; i < n && !found; ++i) {
      const char c = buffer[static_cast<std::size_t>(i)];
      if (c == '\0') {
        at_start = true;
        matched = 0;
      } else if (at_start && c == entry[matched]) {
        found = ++matched == entry.size();
      } else {
        at_start = false;
      }
    }
  }
  close(fd);
  return found;
}

pid_t pid_from(const char* name) noexcept {
  std::int64_t pid = 0;
  for (const char* c = name; *c != '\0'; ++c) {
    if (*c < '0' || *c > '9' || pid > 1 << 30) return 0;
    pid = pid * 10 + (*c - '0');
  }
  return static_cast<pid_t>(pid);
}

// The pidfd is opened before the look at the environment: should the process end and its number be
// given anew in between, the signal reaches nobody.
bool end_if_it_carries(int proc, const char* name, std::string_view entry) noexcept {
  const pid_t pid = pid_from(name);
  if (pid <= 0 || pid == getpid()) return false;
  std::array<char, 32> environ_file{};
  std::strcpy(environ_file.data(), name);
  std::strcat(environ_file.data(), "/environ");
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  const bool ours = environment_has(proc, environ_file.data(), entry);
  if (ours && process >= 0)
    syscall(SYS_pidfd_send_signal, process, SIGKILL, nullptr, 0);
  else if (ours)
    kill(pid, SIGKILL);  // before Linux 5.3
  if (process >= 0) close(process);
  return ours;
}

// getdents64(2): glibc's readdir() allocates.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
};

constexpr std::size_t kNameAt = offsetof(DirectoryEntry, type) + 1;

}  // namespace

const std::string& run_mark() {
  static const std::string mark = random_mark();
  return mark;
}

std::string next_command_mark() {
  static std::atomic<std::uint32_t> number = 0;
  return fmt::format("{}.{:08x}", run_mark(), number++);
}

std::string mark_entry(std::string_view mark) { return fmt::format("{}={}", kMarkVariable, mark); }

bool carries(pid_t pid, std::string_view entry) {
  return environment_has(AT_FDCWD, fmt::format("/proc/{}/environ", pid).c_str(), entry);
}

int end_all_that_carry(std::string_view entry) noexcept {
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return 0;
  int ended = 0;
  alignas(DirectoryEntry) std::array<char, 8192> buffer;
  long n = 0;
  while ((n = syscall(SYS_getdents64, proc, buffer.data(), buffer.size())) > 0) {
    for (long at = 0; at < n;) {
      const char* const raw = buffer.data() + at;
      DirectoryEntry one{};
      std::memcpy(&one, raw, kNameAt);
      if (end_if_it_carries(proc, raw + kNameAt, entry)) ++ended;
      at += one.length;
    }
  }
  close(proc);
  return ended;
}

void end_what_is_left_of(std::string_view entry) noexcept {
  constexpr int kLooks = 200;
  const timespec moment = {0, 10'000'000};
  for (int look = 0; look < kLooks && end_all_that_carry(entry) > 0; ++look)
    nanosleep(&moment, nullptr);
}

}  // namespace pytune
