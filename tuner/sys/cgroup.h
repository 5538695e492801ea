// Limits of the control group that this process is in: of a container, a systemd unit, a batch job.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace pytune {

// The narrowest of the group and those above it; of version 2, else of version 1 (cgroups(7)).
// Nothing where there is no such limit.
struct CgroupLimits {
  struct Memory {
    std::uint64_t most = 0;  // bytes
    std::uint64_t used = 0;  // of them, by all in the group that has the limit; not the files that
                             // the kernel keeps in memory as long as nobody needs it
  };
  std::optional<Memory> memory;
  std::optional<double> cpus;  // CPU time per time: 1.5 is one CPU and a half
  std::optional<std::uint64_t> processes;
};

// `root` is "/" but in tests.
CgroupLimits read_cgroup_limits(const std::filesystem::path& root);

}  // namespace pytune
