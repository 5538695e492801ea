#include "campaign/take_cpus.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "sys/error.h"
#include "sys/process.h"

namespace pytune {

CpuClaim take_cpus(const Store& store, const std::vector<int>& cpus, bool wait,
                   Listener& listener) {
  // A worker that was being started when its pytune was killed holds the locks for a moment yet,
  // and one that only looks whether all are free, some of them.
  constexpr auto kMoment = std::chrono::milliseconds(50);
  constexpr int kMoments = 10;
  const std::vector<int> wanted = cpus.empty() ? allowed_cpus() : cpus;
  const std::filesystem::path directory = cpu_lock_directory(store.root() / "locks");
  CpuHolder holder;
  for (int tried = 0;; ++tried) {
    if (auto claim = CpuClaim::try_take(wanted, directory, holder)) return std::move(*claim);
    if (!wait && tried >= kMoments)
      throw Failure(fmt::format(
          "CPU {} is being measured on by {}, and two runs on one CPU measure each other: wait for "
          "its end (--wait does), or give other CPUs (--cpus)",
          cpu_list(holder.cpus), holder.describe()));
    if (tried == kMoments)
      listener.warn(fmt::format("CPU {} is being measured on by {}; waiting for its end",
                                cpu_list(holder.cpus), holder.describe()));
    throw_if_stopped();
    std::this_thread::sleep_for(kMoment);
  }
}

void wait_for_cpus(const Store& store, const std::vector<int>& cpus, bool wait,
                   Listener& listener) {
  const CpuClaim released_at_once = take_cpus(store, cpus, wait, listener);
}

}  // namespace pytune
