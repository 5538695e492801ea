// The part of a store that is no result: directories to work in, and what killed runs left there.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "store/store.h"
#include "sys/error.h"
#include "sys/process.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxSlots = 100;  // two digits: slot paths keep one length

// What a killed run left in a slot. It must be ours to be emptied: what a link shows is not.
void empty_slot(const fs::path& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode))
      throw Failure(
          fmt::format("{}: is no directory, and pytune makes only such: remove it", path.string()));
    if (info.st_uid != geteuid())
      throw Failure(fmt::format("{}: belongs to {}: remove it as {}", path.string(),
                                user_name(info.st_uid), user_name(info.st_uid)));
  } else if (errno != ENOENT) {
    throw Failure(
        fmt::format("{}: cannot be looked at: {}", path.string(), system_reason(errno, path)));
  }
  remove_tree(path);
}

// Before pytune had locks for them: STEM.PID.RANDOM, where a dead PID means that nobody will finish
// it, and after a day the number is somebody else's.
bool is_old_leftover(const fs::path& directory) {
  const std::string name = directory.filename();
  const std::size_t first = name.find('.');
  const std::size_t second = name.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) return false;
  const long pid = std::strtol(name.substr(first + 1, second - first - 1).c_str(), nullptr, 10);
  if (pid <= 0) return false;
  if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  std::error_code error;
  const auto changed = fs::last_write_time(directory, error);
  return !error && fs::file_time_type::clock::now() - changed > std::chrono::hours(24);
}

fs::path lock_of(const fs::path& directory) {
  return directory.string() + std::string(kLivenessSuffix);
}

}  // namespace

WorkSlot Store::acquire_slot() {
  require_writing();
  require_running();
  while (true) {
    bool all_unusable = true;
    for (int number = 0; number < kMaxSlots; ++number) {
      const fs::path path = slot_path(number);
      auto lock = FileLock::try_acquire(lock_of(path));
      all_unusable = all_unusable && lock.has_value();
      if (!lock) continue;
      lock->sign();
      if (!clear([&] { empty_slot(path); })) continue;
      fs::create_directories(path);
      return {number, path, std::move(*lock)};
    }
    if (all_unusable)
      throw Failure(fmt::format("{}: no directory to build in can be made there: remove it",
                                (root_ / "work").string()));
    throw_if_stopped();
    usleep(100'000);
  }
}

// Builds and packages are run from the store.
void Store::require_running() const {
  struct statvfs mount = {};
  if (statvfs(root_.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0)
    throw Failure(fmt::format(
        "{}: no program can be run there, as its file system is mounted noexec; choose a store on "
        "another one with --store",
        root_.string()));
}

fs::path Store::slot_path(int number) const {
  return root_ / "work" / fmt::format("{:02}", number);
}

bool Store::clear(const std::function<void()>& removal) const {
  try {
    removal();
    return true;
  } catch (const Failure& failure) {
    const std::scoped_lock guard(damage_);
    if (damaged_.insert(failure.what()).second)
      warn(fmt::format("a leftover stays: {}", failure.what()));
    return false;
  }
}

void Store::sweep_staging() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root_ / "staging", ignored)) {
    const fs::path& path = entry.path();
    const bool is_lock = path.extension() == kLivenessSuffix;
    const fs::path directory = is_lock ? fs::path(path).replace_extension() : path;
    const fs::path lock_file = lock_of(directory);
    if (is_lock && fs::exists(directory, ignored)) continue;  // seen as a directory, too
    if (!is_lock && !fs::exists(lock_file, ignored) && !is_old_leftover(directory)) continue;
    clear([&] {
      auto lock = FileLock::try_acquire(lock_file);
      if (!lock) return;
      lock->sign();
      remove_tree(directory);
      fs::remove(lock_file, ignored);
    });
  }
}

void Store::sweep_leftovers() {
  require_writing();
  {
    const FileLock turn = lock_uses(locks());
    remove_dead_lists(locks());
  }
  sweep_staging();
  std::error_code ignored;
  for (int number = 0; number < kMaxSlots; ++number) {
    const fs::path path = slot_path(number);
    if (!fs::exists(fs::symlink_status(path, ignored))) continue;
    clear([&] {
      auto lock = FileLock::try_acquire(lock_of(path));
      if (!lock) return;
      lock->sign();
      empty_slot(path);
    });
  }
}

}  // namespace pytune
