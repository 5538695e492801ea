#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "store/store.h"
#include "sys/error.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// sudo may keep HOME: what root makes there, its user cannot remove.
void require_own_home(fs::path directory) {
  const char* user = std::getenv("SUDO_UID");
  struct stat info = {};
  while (lstat(directory.c_str(), &info) != 0 && directory.has_relative_path())
    directory = directory.parent_path();
  if (geteuid() != 0 || user == nullptr || info.st_uid == 0 || std::to_string(info.st_uid) != user)
    return;
  throw UsageError(fmt::format(
      "{}: belongs to {}, who could not remove what root leaves there: run pytune without "
      "sudo, or choose a store for root with --store",
      directory.string(), user_name(info.st_uid)));
}

}  // namespace

fs::path default_store() {
  const auto from = [](const char* name) {
    const char* v = std::getenv(name);
    return v != nullptr ? fs::path(v) : fs::path();
  };
  if (const fs::path chosen = from("PYTUNE_STORE"); !chosen.empty()) return chosen;
  fs::path cache = from("XDG_CACHE_HOME");
  // "All paths must be absolute": of another one, the base directory specification says to ignore
  // it.
  if (const fs::path home = from("HOME"); !cache.is_absolute())
    cache = home.is_absolute() ? home / ".cache" : fs::path();
  if (!cache.empty()) {
    require_own_home(cache);
    return cache / "pytune";
  }
  throw UsageError(
      "no place for the store: HOME is not set, or no absolute path; give --store DIR");
}

}  // namespace pytune
