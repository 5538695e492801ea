// Advisory locks on files (flock(2)). They hold across processes, PID namespaces and containers
// that see the file, and end with the process, however it dies.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace pytune {

class FileLock {
 public:
  // Nothing while another holds it. Throws Failure where it cannot be told, as on a file system
  // without locks.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

  // Waits, and after three seconds tells once what for ("waiting for pid 12 (...), which holds
  // FILE"); `tell` unset: on stderr. Throws Interrupted on a stop request.
  using Tell = std::function<void(const std::string& text)>;
  static FileLock acquire(const std::filesystem::path& path, const Tell& tell = {},
                          std::chrono::milliseconds silence = std::chrono::seconds(3));

  // With others that share it, and while nobody has it alone. Waits likewise.
  static FileLock share(const std::filesystem::path& path);
  // Whether somebody has it alone; whether somebody has it at all. Make no file.
  static bool is_held(const std::filesystem::path& path);
  static bool is_locked(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  // Notes the mark of this run in the file, until the lock is let go. When the mark of another run
  // still stands there, that one died holding it: what is left of its processes is ended first
  // (process_mark.h).
  void sign();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  static std::optional<FileLock> try_lock(const std::filesystem::path& path, int how);
  static FileLock wait(const std::filesystem::path& path, int how, const Tell& tell,
                       std::chrono::milliseconds silence);
  int fd_ = -1;
  bool signed_ = false;
};

// For a file that was opened in another way: takes the lock, or says that another has it (false).
// Throws Failure where it cannot be told. `path` is for the message.
bool lock_now(int fd, const std::filesystem::path& path);

// The process that has the file locked, by the kernel's list; 0 where it is not one that can be
// seen here.
pid_t lock_holder(const std::filesystem::path& path);

}  // namespace pytune
