// One worker on each CPU at once: what the whole machine gets done.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <future>

#include "measure/worker.h"
#include "sys/error.h"

namespace pytune {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Each CPU does one unit of work in its own mean time, so all together do sum(1 / mean) a second.
// Workers that end a little earlier leave the others a little more of the machine; all do the same
// work, so that is a small part of the time.
Sample combined(const std::vector<Sample>& each) {
  Sample all = each.front();
  all.wall_values.clear();
  all.cpu_values.clear();
  double per_second = 0;
  for (const Sample& one : each) {
    if (!one.error.empty()) {
      all.error = one.error;
      all.per_cpu_seconds.clear();
      return all;
    }
    all.per_cpu_seconds.push_back(mean(one.wall_values));
    per_second += 1 / all.per_cpu_seconds.back();
    all.process_wall_seconds = std::max(all.process_wall_seconds, one.process_wall_seconds);
  }
  all.wall_values.push_back(1 / per_second);
  const auto add = [&](auto member) {
    all.*member = 0;
    for (const Sample& one : each) all.*member += one.*member;
  };
  add(&Sample::process_cpu_seconds);
  add(&Sample::max_rss_kib);
  add(&Sample::involuntary_switches);
  return all;
}

}  // namespace

Sample WorkerManager::run_on_all(const Arm& arm, const Workload& workload,
                                 const WorkerStart& start) {
  const std::vector<int>& cpus = start.cpus.empty() ? settings_.cpus : start.cpus;
  std::vector<std::future<Sample>> workers;
  workers.reserve(cpus.size());
  for (const int cpu : cpus)
    workers.push_back(std::async(std::launch::async, [&, cpu] {
      return run(arm, workload, {start.hash_seed, start.padding_bytes, {cpu}}, Onlooker());
    }));
  std::vector<Sample> each;
  each.reserve(cpus.size());
  std::exception_ptr stopped;
  for (auto& worker : workers) {  // all are waited for, whatever one of them throws
    try {
      each.push_back(worker.get());
    } catch (...) {
      stopped = std::current_exception();
    }
  }
  if (stopped) std::rethrow_exception(stopped);
  return combined(each);
}

std::vector<std::vector<int>> cpus_of_lanes(const WorkerSettings& settings) {
  if (settings.lanes <= 1) return {settings.cpus};
  const auto lanes = static_cast<std::size_t>(settings.lanes);
  const std::size_t share = settings.cpus.size() / lanes;
  if (share == 0)
    throw UsageError(fmt::format("{} lanes need as many CPUs, and there are {}; give fewer lanes",
                                 lanes, settings.cpus.size()));
  std::vector<std::vector<int>> shares;
  shares.reserve(lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto first = settings.cpus.begin() + static_cast<std::ptrdiff_t>(lane * share);
    shares.emplace_back(first, first + static_cast<std::ptrdiff_t>(share));
  }
  return shares;
}

}  // namespace pytune
