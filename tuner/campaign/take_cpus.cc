#include "campaign/take_cpus.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "sys/cpus.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

// A worker that was being started when its pytune was killed holds the locks for a moment yet, and
// one that only looks whether all are free, some of them.
constexpr auto kMoment = std::chrono::milliseconds(50);
constexpr int kMoments = 10;

// The CPUs of a run, and where their locks are.
struct Wanted {
  Wanted(const Store& store, const std::vector<int>& asked)
      : cpus(asked.empty() ? allowed_cpus() : asked),
        directory(cpu_lock_directory(store.root() / "locks")) {}

  std::optional<CpuClaim> try_take(CpuHolder& holder) const {
    std::optional<CpuClaim> claim;
    for (int tried = 0; tried < kMoments && !claim; ++tried) {
      if (tried > 0) std::this_thread::sleep_for(kMoment);
      throw_if_stopped();
      claim = CpuClaim::try_take(cpus, directory, holder);
    }
    return claim;
  }

  std::vector<int> cpus;
  std::filesystem::path directory;
};

}  // namespace

CpuClaim take_cpus(const Store& store, const std::vector<int>& cpus, WhenBusy busy,
                   Listener& listener) {
  const Wanted wanted(store, cpus);
  CpuHolder holder;
  if (auto claim = wanted.try_take(holder)) return std::move(*claim);
  if (busy == WhenBusy::fail)
    throw Failure(fmt::format(
        "{}, and two runs on one CPU measure each other: leave --no-wait out to wait for its end, "
        "or give other CPUs (--cpus)",
        holder.sentence()));
  listener.warn(fmt::format("{}; waiting for its end", holder.sentence()));
  const Activity waiting(listener, fmt::format("waiting for CPU {}", cpu_list(holder.cpus)));
  while (true) {
    if (auto claim = wanted.try_take(holder)) return std::move(*claim);
  }
}

void wait_for_cpus(const Store& store, const std::vector<int>& cpus, WhenBusy busy,
                   Listener& listener) {
  const CpuClaim released_at_once = take_cpus(store, cpus, busy, listener);
}

std::optional<CpuHolder> who_measures(const Store& store, const std::vector<int>& cpus) {
  CpuHolder holder;
  if (Wanted(store, cpus).try_take(holder)) return std::nullopt;
  return holder;
}

}  // namespace pytune
