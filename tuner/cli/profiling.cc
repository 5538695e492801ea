#include "cli/profiling.h"

#include <fmt/format.h>

#include "measure/profile.h"
#include "report/flame_graph.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kCutOff = "[stack cut off]";

// Each workload stands on a frame of its own; stacks whose beginning is missing are no callers' of
// anybody's, and stand apart.
void add_profile(FlameFrame& root, const std::string& workload, const Profile& profile) {
  const bool mostly_whole = profile.stacks.whole * 2 >= profile.stacks.samples;
  for (const auto& [stack, samples] : profile.stacks.stacks) {
    std::vector<std::string> frames = {workload};
    const bool whole = !mostly_whole || stack_is_whole(stack);
    if (!whole) frames.emplace_back(kCutOff);
    frames.insert(frames.end(), stack.begin(), stack.end());
    add_stack(root, frames, samples);
  }
}

void draw_one(MeasureResult& result, Profiler& profiler, const Arm& arm, const fs::path& directory,
              Progress& progress) {
  FlameFrame root;
  std::string how;
  std::string problem;
  long whole = 0;
  std::size_t drawn = 0;
  for (const Workload& workload : result.measurement.workloads) {
    progress.update(fmt::format("profiling {}, {}", arm.label, workload.name), result.minutes);
    try {
      const Profile profile = profiler.profile(arm, workload);
      add_profile(root, workload.name, profile);
      whole += profile.stacks.whole;
      how = fmt::format("{} samples; {}", profile.event, profile.mode.words);
      ++drawn;
    } catch (const Failure& failure) {
      if (problem.empty()) problem = fmt::format("{}: {}", workload.name, failure.what());
    }
  }
  auto& notes = result.measurement.notes;
  if (!problem.empty())
    notes.push_back(
        fmt::format("{} flame graph of {}: {}", drawn == 0 ? "no" : "incomplete", arm.id, problem));
  if (drawn == 0) return;
  if (whole * 2 < root.samples)
    notes.push_back(fmt::format(
        "flame graph of {}: most stacks are cut off; an interpreter built with frame pointers "
        "(axis frame_pointers=keep), or one with unwind tables, shows them whole",
        arm.id));
  const fs::path file = directory / (arm.id + ".svg");
  write_file_atomic(
      file, flame_graph_svg(root, {arm.label, fmt::format("{} {}; user space, start-up included",
                                                          root.samples, how)}));
  progress.line(fmt::format("flame graph: {}", file.string()));
}

}  // namespace

void draw_flame_graphs(MeasureResult& result, Measuring& measuring, Store& store,
                       ProcessRunner& runner, const fs::path& directory, Progress& progress) {
  const TemporaryDirectory scratch = store.staging("perf");
  try {
    Profiler profiler(runner, measuring.workers(), scratch.path());
    for (const Arm& arm : result.measurement.arms)
      if (arm.role != Arm::Role::copy) draw_one(result, profiler, arm, directory, progress);
  } catch (const Failure& failure) {
    result.measurement.notes.push_back(fmt::format("no flame graphs: {}", failure.what()));
  }
}

}  // namespace pytune
