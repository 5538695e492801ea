#include "sys/cpus.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "sys/cgroup.h"

namespace pytune {
namespace {

constexpr std::size_t kMostPieces = 64;  // of 1024 CPUs; Linux is built for 8192 at most

}  // namespace

CpuMask::CpuMask(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  const auto last = static_cast<std::size_t>(*std::max_element(cpus.begin(), cpus.end()));
  pieces_.resize(last / CPU_SETSIZE + 1);
  CPU_ZERO_S(bytes(), pieces_.data());
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), bytes(), pieces_.data());
}

// The kernel refuses (EINVAL) a mask that is smaller than its own.
CpuMask CpuMask::of_this_process() {
  CpuMask mask;
  for (std::size_t pieces = 1; pieces <= kMostPieces; pieces *= 2) {
    mask.pieces_.resize(pieces);
    CPU_ZERO_S(mask.bytes(), mask.pieces_.data());
    if (sched_getaffinity(0, mask.bytes(), mask.pieces_.data()) == 0) return mask;
    if (errno != EINVAL) break;
  }
  return {};
}

std::vector<int> CpuMask::list() const {
  std::vector<int> cpus;
  const std::size_t all = pieces_.size() * CPU_SETSIZE;
  for (std::size_t cpu = 0; cpu < all; ++cpu)
    if (CPU_ISSET_S(cpu, bytes(), pieces_.data())) cpus.push_back(static_cast<int>(cpu));
  return cpus;
}

bool CpuMask::apply() const noexcept { return sched_setaffinity(0, bytes(), pieces_.data()) == 0; }

std::vector<int> allowed_cpus() {
  std::vector<int> cpus = CpuMask::of_this_process().list();
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

int usable_cpus(const std::filesystem::path& root) {
  const auto all = static_cast<double>(allowed_cpus().size());
  const double quota = read_cgroup_limits(root).cpus.value_or(all);
  return static_cast<int>(std::max(1.0, std::min(all, std::ceil(quota))));
}

}  // namespace pytune
