#include "measure/count_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

// The counts of one worker; throws Failure with the reason when it has none.
EmulatedCounts count_worker(WorkerManager& manager, const Emulator& emulator, Emulation emulation,
                            const Arm& arm, const Workload& workload, const Block& block,
                            const std::filesystem::path& scratch) {
  const TemporaryDirectory folder(scratch, "counts");
  emulation.counts = std::filesystem::absolute(folder.path());
  Onlooker onlooker;
  onlooker.before = emulator_words(emulator, emulation);
  onlooker.cpu_times = false;
  const Sample sample = manager.run(arm, workload, block.hash_seed, block.padding_bytes, onlooker);
  if (!sample.error.empty()) throw Failure(sample.error);
  return read_emulated_counts(folder.path());
}

std::map<std::string, double> differences(const std::map<std::string, long>& once,
                                          const std::map<std::string, long>& twice, long loops) {
  std::map<std::string, double> per_loop;
  for (const auto& [kind, count] : twice)
    if (const auto found = once.find(kind); found != once.end())
      per_loop[kind] = static_cast<double>(count - found->second) / static_cast<double>(loops);
  return per_loop;
}

std::vector<FunctionCount> function_differences(const PlaceExecutionsTable& once,
                                                const PlaceExecutionsTable& twice, long loops) {
  std::map<std::pair<std::string, std::uint64_t>, double> per_loop;
  for (const auto& [place, executions] : twice)
    per_loop[place] = static_cast<double>(executions.instructions) / static_cast<double>(loops);
  for (const auto& [place, executions] : once)
    per_loop[place] -= static_cast<double>(executions.instructions) / static_cast<double>(loops);
  std::vector<FunctionCount> functions = count_functions(per_loop);
  // What runs at the start only.
  std::erase_if(functions, [](const FunctionCount& one) { return one.instructions == 0; });
  return functions;
}

}  // namespace

WorkloadCounts count_workload(ProcessRunner& runner, const WorkerSettings& settings,
                              const Emulator& emulator, const Emulation& emulation, const Arm& arm,
                              const Workload& workload, const Block& block,
                              const std::filesystem::path& scratch) {
  WorkloadCounts result;
  if (workload.loops < 1 || workload.loops > std::numeric_limits<long>::max() / 2) {
    result.error = "not counted: the workload is not calibrated";
    return result;
  }
  WorkerSettings once_each = settings;
  once_each.warmups = 0;
  once_each.values = 1;
  WorkerManager manager(runner, once_each);
  Workload longer = workload;
  longer.loops = 2 * workload.loops;
  try {
    const EmulatedCounts once =
        count_worker(manager, emulator, emulation, arm, workload, block, scratch);
    const EmulatedCounts twice =
        count_worker(manager, emulator, emulation, arm, longer, block, scratch);
    result.per_loop = differences(once.counts, twice.counts, workload.loops);
    result.functions_per_loop = function_differences(once.places, twice.places, workload.loops);
    result.programs = twice.programs;
    result.lost = once.lost + twice.lost;
    if (result.per_loop.at("instructions") <= 0) {
      result.per_loop.clear();
      result.error = "twice the loops did not execute more instructions";
    }
  } catch (const Failure& failure) {
    result.error = failure.what();
  }
  return result;
}

Sample counted_sample(ProcessRunner& runner, const WorkerSettings& settings, const Arm& arm,
                      const Workload& workload, const Block& block) {
  const EmulatedWorkers& emulated = settings.emulated.value();
  const auto start = std::chrono::steady_clock::now();
  const WorkloadCounts counts =
      count_workload(runner, settings, emulated.emulator, emulation_of(settings, arm), arm,
                     workload, block, emulated.scratch);
  Sample sample;
  sample.arm = arm.id;
  sample.error = counts.error;
  if (counts.error.empty() && counts.lost > 0)
    sample.error =
        fmt::format("{} of its processes were killed before they could be counted", counts.lost);
  for (const auto& [kind, per_loop] : counts.per_loop)
    sample.counters[kind].value =
        std::lround(std::max(0.0, per_loop) * static_cast<double>(workload.loops));
  sample.process_wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return sample;
}

}  // namespace pytune
