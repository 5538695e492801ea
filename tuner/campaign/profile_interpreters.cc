#include "campaign/profile_interpreters.h"

#include <fmt/format.h>

#include <optional>

#include "measure/profile.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr const char* kCutOff = "[stack cut off]";

// Each workload stands on a frame of its own; stacks whose beginning is missing are no callers' of
// anybody's, and stand apart.
void add_profile(StackTree& root, const std::string& workload, const Profile& profile) {
  const bool mostly_whole = profile.stacks.whole * 2 >= profile.stacks.samples;
  for (const auto& [stack, samples] : profile.stacks.stacks) {
    std::vector<std::string> frames = {workload};
    const bool whole = !mostly_whole || stack_is_whole(stack);
    if (!whole) frames.emplace_back(kCutOff);
    frames.insert(frames.end(), stack.begin(), stack.end());
    add_stack(root, frames, samples);
  }
}

std::optional<InterpreterProfile> profile_one(MeasureResult& result, Profiler& profiler,
                                              const Arm& arm, Listener& listener) {
  InterpreterProfile all;
  all.arm = arm.id;
  all.label = arm.label;
  std::string how;
  std::string problem;
  long whole = 0;
  std::size_t profiled = 0;
  for (const Workload& workload : result.measurement.workloads) {
    const Activity profiling(listener, fmt::format("profiling {}, {}", arm.label, workload.name));
    try {
      const Profile profile = profiler.profile(arm, workload);
      add_profile(all.stacks, workload.name, profile);
      whole += profile.stacks.whole;
      how = fmt::format("{} samples; {}", profile.event, profile.mode.words);
      ++profiled;
    } catch (const Failure& failure) {
      if (problem.empty()) problem = fmt::format("{}: {}", workload.name, failure.what());
    }
  }
  auto& notes = result.measurement.notes;
  if (!problem.empty())
    notes.push_back(fmt::format("{} flame graph of {}: {}", profiled == 0 ? "no" : "incomplete",
                                arm.id, problem));
  if (profiled == 0) return std::nullopt;
  if (whole * 2 < all.stacks.samples)
    notes.push_back(fmt::format(
        "flame graph of {}: most stacks are cut off; an interpreter built with frame pointers "
        "(axis frame_pointers=keep), or one with unwind tables, shows them whole",
        arm.id));
  all.how = fmt::format("{} {}", all.stacks.samples, how);
  return all;
}

}  // namespace

std::vector<InterpreterProfile> profile_interpreters(MeasureResult& result, PhaseRunner& runner,
                                                     const Site& site) {
  std::vector<InterpreterProfile> profiles;
  const TemporaryDirectory scratch = site.store.staging("perf");
  try {
    Profiler profiler(site.runner, runner.workers(), scratch.path());
    for (const Arm* arm : arms_asked_for(result))
      if (auto profile = profile_one(result, profiler, *arm, site.listener))
        profiles.push_back(std::move(*profile));
  } catch (const Failure& failure) {
    result.measurement.notes.push_back(fmt::format("no flame graphs: {}", failure.what()));
  }
  return profiles;
}

}  // namespace pytune
