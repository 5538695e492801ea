#include "machine/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <array>
#include <string>

#include "sys/cgroup.h"
#include "sys/cpus.h"
#include "sys/inheritance.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Level = Finding::Level;

struct Ulimit {
  __rlimit_resource resource;
  const char* option;  // of the shell's ulimit
  const char* what;
  double least;  // that pytune, builds and workloads need; below it something fails or is slow
  const char* unit;
  double unit_size;
};
constexpr double kMiB = 1 << 20;
constexpr double kEnough = 1e18;  // a limit of any size is worth a word
constexpr std::array kUlimits = {
    Ulimit{RLIMIT_NOFILE, "-n", "open files", 1024, "", 1},
    Ulimit{RLIMIT_NPROC, "-u", "processes of the user", 512, "", 1},
    Ulimit{RLIMIT_STACK, "-s", "stack", 8 * kMiB, " MiB", kMiB},
    Ulimit{RLIMIT_FSIZE, "-f", "size of a file", kEnough, " MiB", kMiB},
    Ulimit{RLIMIT_AS, "-v", "address space", kEnough, " MiB", kMiB},
    Ulimit{RLIMIT_DATA, "-d", "data segment", kEnough, " MiB", kMiB},
    Ulimit{RLIMIT_CPU, "-t", "CPU time", kEnough, " s", 1},
};

Finding check_umask() {
  return {"umask", Level::ok,
          fmt::format("{:04o}: holds for files you name; builds and measured processes have 0022",
                      inherited_umask()),
          ""};
}

Finding check_ulimits() {
  const char* topic = "ulimits";
  std::vector<std::string> low;
  std::vector<std::string> options;
  for (const Ulimit& one : kUlimits) {
    rlimit limit = {};
    if (getrlimit(one.resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) continue;
    const auto value = static_cast<double>(limit.rlim_cur);
    if (value >= one.least) continue;
    low.push_back(fmt::format("{} {:.0f}{}", one.what, value / one.unit_size, one.unit));
    options.push_back(fmt::format("ulimit {} unlimited", one.option));
  }
  if (low.empty()) return {topic, Level::ok, "passed on; none is low", ""};
  return {topic, Level::note,
          fmt::format("passed on, also to measured processes: {}", fmt::join(low, ", ")),
          fmt::format("{}", fmt::join(options, "; "))};
}

Finding check_cgroup(const fs::path& root) {
  const char* topic = "cgroup";
  const CgroupLimits limits = read_cgroup_limits(root);
  std::vector<std::string> found;
  if (limits.memory)
    found.push_back(
        fmt::format("{:.1f} GB of memory (measured processes get four fifths of what is "
                    "free of it)",
                    static_cast<double>(limits.memory->most) / 1e9));
  if (limits.processes) found.push_back(fmt::format("{} processes", *limits.processes));
  if (limits.cpus)
    found.push_back(fmt::format(
        "{:.2f} CPUs (measured processes stand still once they are used up)", *limits.cpus));
  if (found.empty()) return {topic, Level::ok, "sets no limits", ""};
  const std::string state = fmt::format("limits to {}", fmt::join(found, ", "));
  if (!limits.cpus) return {topic, Level::ok, state, ""};
  return {topic, Level::note, state,
          "start it without a limit of CPU time, and with --cpus instead"};
}

}  // namespace

std::vector<Finding> check_limits(const fs::path& root) {
  return {check_umask(), check_ulimits(), check_cgroup(root)};
}

std::string quota_note(const fs::path& root) {
  const auto quota = read_cgroup_limits(root).cpus;
  const auto all = allowed_cpus().size();
  if (!quota || *quota >= static_cast<double>(all)) return "";
  return fmt::format(
      "the control group gives {:.2f} CPUs of time on {}: measured processes stand still once it "
      "is used up, which wall times contain; start pytune without that limit, and with --cpus "
      "instead",
      *quota, all);
}

}  // namespace pytune
