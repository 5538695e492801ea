// The CPUs of this machine, as many as there may be.
#pragma once

#include <sched.h>

#include <filesystem>
#include <vector>

namespace pytune {

// A mask of CPUs in pieces of 1024, as sched_setaffinity(2) takes them.
class CpuMask {
 public:
  CpuMask() = default;
  explicit CpuMask(const std::vector<int>& cpus);
  // Those that this process may run on; empty where the kernel does not say.
  static CpuMask of_this_process();

  std::vector<int> list() const;
  // Moves the calling thread there, and says whether the kernel did. Allocates nothing.
  bool apply() const noexcept;

 private:
  std::size_t bytes() const { return pieces_.size() * sizeof(cpu_set_t); }
  std::vector<cpu_set_t> pieces_;
};

// The CPUs this process, and so an unpinned worker, may run on. Never empty.
std::vector<int> allowed_cpus();

// How many programs may compute at once: the CPUs, or what a control group's quota leaves of them,
// rounded up. `root`: see read_cgroup_limits().
int usable_cpus(const std::filesystem::path& root = "/");

}  // namespace pytune
