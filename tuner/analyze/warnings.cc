#include "analyze/warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_set>

#include "analyze/log_ratios.h"

namespace pytune {
namespace {

// People know arms by their labels.
std::string called(const Measurement& measurement, const std::string& id) {
  for (const Arm& arm : measurement.arms)
    if (arm.id == id && !arm.label.empty()) return arm.label;
  return id;
}

constexpr double kHighSteal = 0.02;    // of the time measured
constexpr double kManySwitches = 50;   // involuntary, per second of a process
constexpr double kMovingClock = 0.05;  // from the slowest tenth of the blocks to the fastest

constexpr const char* kCountsAreNoTimes =
    "these are counts of instructions, which see no caches, branch prediction or scheduling: let "
    "pytune measure the candidates on a machine of the target before you rely on small differences";

struct Noise {
  double steal_seconds = 0;
  double seconds = 0;
  double switches = 0;
  int samples = 0;
  int failed = 0;
  std::string first_error;
  std::vector<double> megahertz;
  double celsius = 0;  // the warmest
};

Noise noise_of(const Measurement& measurement, std::optional<Phase> phase) {
  Noise noise;
  for (const Block& block : measurement.blocks) {
    if (!in_phase(block, phase)) {
      continue;
    }
    noise.steal_seconds += block.steal_seconds;
    if (block.cpu_megahertz > 0) noise.megahertz.push_back(block.cpu_megahertz);
    noise.celsius = std::max(noise.celsius, block.celsius);
    for (const Sample& sample : block.samples) {
      noise.seconds += sample.process_wall_seconds;
      noise.switches += static_cast<double>(sample.involuntary_switches);
      ++noise.samples;
      if (!observed(sample, Clock::wall) && !observed(sample, Clock::instructions)) {
        ++noise.failed;
        const std::string& error = sample.error.empty() ? "no usable values" : sample.error;
        noise.first_error = noise.failed == 1
                                ? fmt::format("{} on {}: {}", sample.arm, block.workload, error)
                                : noise.first_error;
      }
    }
  }
  return noise;
}

// A tenth at each end may be single readings, taken while the CPU fell asleep.
void warn_of_frequency(std::vector<double> megahertz, double celsius,
                       std::vector<std::string>& warnings) {
  if (megahertz.empty()) return;
  std::sort(megahertz.begin(), megahertz.end());
  const double slow = megahertz[megahertz.size() / 10];
  const double fast = megahertz[megahertz.size() - 1 - megahertz.size() / 10];
  if (fast / slow - 1 <= kMovingClock) return;
  warnings.push_back(fmt::format(
      "the CPUs' frequency moved between {:.0f} and {:.0f} MHz{}: hold it with "
      "pytune doctor --tune -- COMMAND",
      slow, fast, celsius > 0 ? fmt::format(", at up to {:.0f} degrees Celsius", celsius) : ""));
}

void warn_of_noise(const Noise& noise, std::vector<std::string>& warnings) {
  warn_of_frequency(noise.megahertz, noise.celsius, warnings);
  if (noise.seconds > 0 && noise.steal_seconds / noise.seconds > kHighSteal) {
    warnings.push_back(
        fmt::format("the hypervisor took {:.1f} % of the measuring time for others (steal): "
                    "measure on a machine or at an hour with less, or "
                    "on dedicated CPUs",
                    100 * noise.steal_seconds / noise.seconds));
  }
  if (noise.seconds > 0 && noise.switches / noise.seconds > kManySwitches) {
    warnings.push_back(
        fmt::format("other programs interrupted the measured processes {:.0f} times a second: stop "
                    "them, or pin the workers to idle CPUs",
                    noise.switches / noise.seconds));
  }
}

void warn_of_failures(const Noise& noise, std::vector<std::string>& warnings) {
  if (noise.failed > 0) {
    warnings.push_back(
        fmt::format("{} of {} processes failed and count for nothing; the first was {}: run that "
                    "interpreter on that workload by hand",
                    noise.failed, noise.samples, noise.first_error));
  }
}

void warn_of_rounds(const Comparison& comparison, std::vector<std::string>& warnings) {
  if (comparison.rounds == 0) {
    warnings.emplace_back(
        "no block has both the baseline and another interpreter: nothing can be compared; see the "
        "errors of the samples");
  } else if (comparison.rounds == 1) {
    warnings.push_back(fmt::format(
        "a single round repeats nothing, so nothing can be told from it: measure at least {}",
        kFewestRounds));
  } else if (comparison.rounds < kFewestRounds &&
             comparison.clock != Clock::instructions) {  // counts hardly vary
    warnings.push_back(
        fmt::format("only {} rounds, which makes wide intervals: measure at least {}",
                    comparison.rounds, kFewestRounds));
  }
}

// Of the workloads that others were compared on. Those skipped are told with their reasons
// elsewhere, and need no repair.
std::size_t skipped_of(const Measurement& measurement,
                       const std::unordered_set<std::string_view>& measured,
                       const std::string& arm) {
  return static_cast<std::size_t>(std::count_if(
      measurement.skipped.begin(), measurement.skipped.end(),
      [&](const Skipped& s) { return s.arm == arm && measured.contains(s.workload); }));
}

// Workloads that no arm could be compared on, and those that single arms lack: their suite means
// are over fewer.
void warn_of_missing(const Measurement& measurement, std::optional<Phase> phase,
                     const Comparison& comparison, std::vector<std::string>& warnings) {
  std::unordered_set<std::string_view> measured;
  std::vector<std::string_view> attempted;
  std::unordered_set<std::string_view> seen;
  for (const Block& block : measurement.blocks) {
    if (in_phase(block, phase) && seen.insert(block.workload).second)
      attempted.push_back(block.workload);
  }
  for (const ArmComparison& arm : comparison.arms) {
    for (const WorkloadComparison& workload : arm.workloads) {
      measured.insert(workload.workload);
    }
  }
  std::vector<std::string_view> unusable;
  std::copy_if(attempted.begin(), attempted.end(), std::back_inserter(unusable),
               [&](std::string_view workload) { return !measured.contains(workload); });
  if (!unusable.empty() && !measured.empty()) {
    warnings.push_back(
        fmt::format("no usable block of {}: left out of every figure; repair the workload or take "
                    "it out of the suite",
                    fmt::join(unusable, ", ")));
  }
  for (const ArmComparison& arm : comparison.arms) {
    const std::size_t skipped = skipped_of(measurement, measured, arm.arm);
    if (skipped > 0 && skipped + arm.workloads.size() == measured.size()) {
      warnings.push_back(
          arm.workloads.empty()
              ? fmt::format("{} skipped every workload: nothing is said about it",
                            called(measurement, arm.arm))
              : fmt::format("{} skipped {} of {} workloads, so its mean is over the other {}: "
                            "compare it with other interpreters workload by workload",
                            called(measurement, arm.arm), skipped, measured.size(),
                            arm.workloads.size()));
    } else if (arm.workloads.empty() && !measured.empty()) {
      warnings.push_back(fmt::format(
          "{} has no usable block: nothing is said about it; see the errors of its samples",
          called(measurement, arm.arm)));
    } else if (!arm.workloads.empty() && arm.workloads.size() < measured.size()) {
      warnings.push_back(
          fmt::format("{} has usable blocks of {} of {} workloads only, so its mean is over other "
                      "workloads than the rest: see the errors of its "
                      "samples",
                      called(measurement, arm.arm), arm.workloads.size(), measured.size()));
    }
  }
}

void warn_of_copy(const Measurement& measurement, const Comparison& comparison,
                  std::vector<std::string>& warnings) {
  if (comparison.rounds == 0) {
    return;
  }
  bool found = false;
  for (const Arm& arm : measurement.arms) {
    const auto row =
        std::find_if(comparison.arms.begin(), comparison.arms.end(),
                     [&](const ArmComparison& candidate) { return candidate.arm == arm.id; });
    if (arm.role != Arm::Role::copy || row == comparison.arms.end() || row->workloads.empty()) {
      continue;
    }
    found = true;
    if (row->speed.low > 1 || row->speed.high < 1) {
      warnings.push_back(fmt::format(
          "{}, byte-identical to the baseline, came out at {:.4f} ({:.4f} to {:.4f}) of its speed: "
          "something besides the build "
          "differs; give both equally long paths on one file system and measure more rounds",
          called(measurement, row->arm), row->speed.estimate, row->speed.low, row->speed.high));
    }
  }
  if (!found) {
    warnings.emplace_back(
        "no copy of the baseline was measured, so no bound for systematic differences is known: "
        "add one (an arm of role copy)");
  }
}

void warn_of_clocks(const Measurement& measurement, const Comparison& comparison,
                    std::vector<std::string>& warnings) {
  std::vector<std::string> arms;
  for (const ArmComparison& arm : comparison.arms) {
    if (arm.clocks_disagree) {
      arms.push_back(called(measurement, arm.arm));
    }
  }
  if (!arms.empty()) {
    warnings.push_back(
        fmt::format("CPU time and wall time disagree about {}: the machine was busy, or these "
                    "builds wait; measure on an idle machine before "
                    "relying on either",
                    fmt::join(arms, ", ")));
  }
}

// What all CPUs get done is asked for in wall time.
bool of_throughput(const Measurement& measurement) {
  return std::any_of(measurement.blocks.begin(), measurement.blocks.end(), [](const Block& block) {
    return std::any_of(block.samples.begin(), block.samples.end(),
                       [](const Sample& sample) { return !sample.per_cpu_seconds.empty(); });
  });
}

}  // namespace

std::vector<std::string> warnings_for(const Measurement& measurement, std::optional<Phase> phase,
                                      const Comparison& comparison, bool by_others) {
  std::vector<std::string> warnings;
  warn_of_rounds(comparison, warnings);
  warn_of_missing(measurement, phase, comparison, warnings);
  if (!by_others) warn_of_copy(measurement, comparison, warnings);
  const Noise noise = noise_of(measurement, phase);
  if (comparison.clock == Clock::instructions) {
    warn_of_failures(noise, warnings);
    warnings.emplace_back(kCountsAreNoTimes);
    return warnings;
  }
  warn_of_clocks(measurement, comparison, warnings);
  warn_of_noise(noise, warnings);
  warn_of_failures(noise, warnings);
  const bool wall_unasked = !by_others && !of_throughput(measurement);
  if (wall_unasked && comparison.clock == Clock::wall && comparison.rounds > 0) {
    warnings.emplace_back(
        "an interpreter gave no CPU times, so speeds are in wall time, which other programs "
        "disturb: measure on an idle machine");
  }
  return warnings;
}

}  // namespace pytune
