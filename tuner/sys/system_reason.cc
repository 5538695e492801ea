#include "sys/system_reason.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct Remedy {
  int error;
  const char* text;
};

constexpr std::array<Remedy, 9> kRemedies = {{
    {ENOSPC, "free some space (`pytune store prune` shows what can go)"},
    {EDQUOT, "free some of your quota (`pytune store prune` shows what can go)"},
    {EFBIG, "the limit on the size of files is too low (ulimit -f)"},
    {EMFILE, "the limit on open files is too low (ulimit -n)"},
    {ENFILE, "close other programs: the system has no more open files"},
    {ENOMEM, "free some memory, or raise the limit on it (ulimit -v)"},
    {EAGAIN, "the limit on processes may be too low (ulimit -u, or a container's)"},
    {EROFS, "choose a directory that can be written to"},
    {ENOLCK,
     "the file system has no locks (NFS without lockd?); choose a directory on another one"},
}};

// The file, or the nearest directory above that there is.
std::optional<fs::path> nearest(fs::path where) {
  struct stat info = {};
  while (!where.empty()) {
    if (lstat(where.c_str(), &info) == 0) return where;
    if (!where.has_relative_path()) break;
    where = where.parent_path();
  }
  return std::nullopt;
}

std::optional<uid_t> owner_of(const fs::path& where) {
  struct stat info = {};
  return lstat(where.c_str(), &info) == 0 ? std::optional(info.st_uid) : std::nullopt;
}

std::string whose(const fs::path& where) {
  std::error_code none;
  const auto there = nearest(fs::absolute(where, none));
  const auto owner = there ? owner_of(*there) : std::nullopt;
  if (!owner || *owner == geteuid()) return "";
  // Below what is the user's own, root leaves something only by the user's doing.
  for (fs::path above = there->parent_path(); *owner == 0 && above.has_relative_path();
       above = above.parent_path())
    if (owner_of(above) == geteuid())
      return fmt::format(
          "; it belongs to root, as after a run by sudo: give it back by sudo chown -R {} {}, or "
          "choose another place",
          user_name(geteuid()), there->string());
  return fmt::format("; it belongs to {}: choose a place of your own", user_name(*owner));
}

}  // namespace

std::string user_name(unsigned uid) {
  std::vector<char> buffer(16384);
  passwd entry = {};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  return fmt::format("uid {}", uid);
}

std::string system_reason(int error, const fs::path& where) {
  const std::string text = std::strerror(error);
  if ((error == EACCES || error == EPERM) && !where.empty()) return text + whose(where);
  const auto* const found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                         [&](const Remedy& one) { return one.error == error; });
  return found == kRemedies.end() ? text : fmt::format("{}; {}", text, found->text);
}

}  // namespace pytune
