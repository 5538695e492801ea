// Doing what a recipe says. Each function runs one stage in a work slot and leaves its result in
// the store.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "build/build.h"
#include "build/job_server.h"
#include "build/recipe.h"
#include "source/source.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

// Steps that hold the log of a failure which is no property of the configuration.
inline constexpr const char* kAttemptStep = "attempt";

struct BuildContext {
  Store& store;
  ProcessRunner& runner;
  JobServer& jobs;
  const Source& source;
  const TrainingSet& training;
  std::chrono::seconds stage_timeout{3 * 3600};
  // Of recipes for another machine: the prefix of an interpreter of the same source for this one,
  // which freezes modules and compiles the library for all.
  std::filesystem::path native_prefix = {};
};

// What a stage is run for: its recipe, itself, and the directory that becomes its step.
struct StageJob {
  const Recipe& recipe;
  const StageRecipe& stage;
  const std::filesystem::path& staging;
};

// Runs the stage `id` of `recipe`, whose earlier stages are finished, unless the store has it.
// Failures: a deterministic one becomes the step's record; any other throws StageFailed and leaves
// its log in a step of kind kAttemptStep.
Step run_stage(BuildContext& context, const Recipe& recipe, const StageRecipe& stage);

// The Build of a finished step of StageKind::finish.
Build read_build(const Step& step);

// Build with `failure` set, for a configuration whose `failed` stage did not work out.
Build failed_build(const Recipe& recipe, const Source& source, const BuildFailure& failure);

BuildFailure failure_of(const Step& failed_step);

}  // namespace pytune
