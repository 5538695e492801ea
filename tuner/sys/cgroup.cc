#include "sys/cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace pytune {
namespace fs = std::filesystem;
namespace {

// What version 1 says of memory without a limit: the largest number of whole pages.
constexpr std::uint64_t kNoLimitOfVersion1 = std::uint64_t{1} << 62U;

std::optional<double> number_in(const fs::path& file) {
  double value = 0;
  return std::ifstream(file) >> value ? std::optional(value) : std::nullopt;  // "max" is no number
}

std::optional<std::uint64_t> whole_in(const fs::path& file) {
  const auto value = number_in(file);
  if (!value || *value < 0 || *value >= static_cast<double>(kNoLimitOfVersion1))
    return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// The group's own directory below `mount` and those above it up to `mount`. In a container the
// kernel may name the group by the host's path, and show the group itself at the mount.
std::vector<fs::path> directories(const fs::path& mount, const std::string& group) {
  std::vector<fs::path> list;
  std::error_code none;
  for (fs::path below = fs::path(group).relative_path(); !below.empty();
       below = below.parent_path())
    if (fs::is_directory(mount / below, none)) list.push_back(mount / below);
  list.push_back(mount);
  return list;
}

template <class T>
void narrow(std::optional<T>& limit, const std::optional<T>& other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

// "inactive_file 123", of the group and those below it.
std::uint64_t idle_files(const fs::path& stat, const std::string& key) {
  std::ifstream in(stat);
  std::string name;
  std::uint64_t bytes = 0;
  while (in >> name >> bytes)
    if (name == key) return bytes;
  return 0;
}

struct MemoryFiles {
  const char* most;
  const char* used;
  const char* idle;  // in memory.stat
};
constexpr MemoryFiles kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                   "total_inactive_file"};
constexpr MemoryFiles kVersion2 = {"memory.max", "memory.current", "inactive_file"};

void narrow_memory(CgroupLimits& limits, const fs::path& directory, const MemoryFiles& files) {
  const auto bytes = whole_in(directory / files.most);
  if (!bytes || (limits.memory && *bytes >= limits.memory->most)) return;
  const std::uint64_t used = whole_in(directory / files.used).value_or(0);
  limits.memory = {*bytes,
                   used - std::min(used, idle_files(directory / "memory.stat", files.idle))};
}

std::optional<double> share(const std::optional<double>& quota,
                            const std::optional<double>& period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

void read_version_2(CgroupLimits& limits, const fs::path& directory) {
  narrow_memory(limits, directory, kVersion2);
  narrow(limits.processes, whole_in(directory / "pids.max"));
  double quota = 0;
  double period = 0;
  if (std::ifstream(directory / "cpu.max") >> quota >> period)
    narrow(limits.cpus, share(quota, period));
}

void read_version_1(CgroupLimits& limits, const std::string& controller,
                    const fs::path& directory) {
  if (controller == "memory") narrow_memory(limits, directory, kVersion1);
  if (controller == "pids") narrow(limits.processes, whole_in(directory / "pids.max"));
  if (controller == "cpu")
    narrow(limits.cpus, share(number_in(directory / "cpu.cfs_quota_us"),
                              number_in(directory / "cpu.cfs_period_us")));
}

}  // namespace

CgroupLimits read_cgroup_limits(const fs::path& root) {
  CgroupLimits limits;
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  bool any = false;
  for (std::string line; std::getline(groups, line);) {
    any = true;
    // "0::/a/b", "4:cpu,cpuacct:/a/b"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string group = line.substr(second + 1);
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    if (second == first + 1)
      for (const fs::path& directory : directories(mount, group)) read_version_2(limits, directory);
    for (std::string controller; std::getline(controllers, controller, ',');)
      for (const fs::path& directory : directories(mount / controller, group))
        read_version_1(limits, controller, directory);
  }
  if (!any) read_version_2(limits, mount);
  return limits;
}

}  // namespace pytune
