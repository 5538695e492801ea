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
EmulatedCounts count_worker(WorkerManager& manager, const Arm& arm, const Workload& workload,
                            const Block& block, bool functions) {
  const TemporaryDirectory folder(manager.tools().scratch, "counts");
  const EmulatedMachine& machine = arm.interpreter.machine.value();
  Emulation emulation = emulation_of(arm.interpreter);
  emulation.counts = std::filesystem::absolute(folder.path());
  emulation.functions = functions;
  Onlooker onlooker;
  onlooker.before = emulator_words(machine.emulator, emulation);
  onlooker.cpu_times = false;
  const Sample sample = manager.run(arm, workload, start_of(block), onlooker);
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

WorkloadCounts count_workload(const WorkerManager& workers, const Arm& arm,
                              const Workload& workload, const Block& block, bool functions) {
  WorkloadCounts result;
  if (workload.loops < 1 || workload.loops > std::numeric_limits<long>::max() / 2) {
    result.error = "not counted: the workload is not calibrated";
    return result;
  }
  WorkerSettings once_each = workers.settings();
  once_each.warmups = 0;
  once_each.values = 1;
  WorkerManager manager = workers.with(once_each);
  Workload longer = workload;
  longer.loops = 2 * workload.loops;
  try {
    const EmulatedCounts once = count_worker(manager, arm, workload, block, functions);
    const EmulatedCounts twice = count_worker(manager, arm, longer, block, functions);
    result.per_loop = differences(once.counts, twice.counts, workload.loops);
    result.functions_per_loop = function_differences(once.places, twice.places, workload.loops);
    result.programs = twice.programs;
    result.lost = once.lost + twice.lost;
    if (result.per_loop.at(kInstructions) <= 0) {
      result.per_loop.clear();
      result.error = "twice the loops did not execute more instructions";
    }
  } catch (const Failure& failure) {
    result.error = failure.what();
  }
  return result;
}

Sample counted_sample(const WorkerManager& workers, const Arm& arm, const Workload& workload,
                      const Block& block) {
  const auto start = std::chrono::steady_clock::now();
  const WorkloadCounts counts = count_workload(workers, arm, workload, block);
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
