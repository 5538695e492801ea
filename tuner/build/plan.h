// What a sweep will do, before it does anything: configurations, dropped points and why, what is
// cached, what it costs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/recipe.h"
#include "source/source.h"
#include "spec/sweep.h"
#include "store/store.h"
#include "toolchain/toolchain.h"

namespace pytune {

struct Dropped {
  NamedConfiguration point;
  std::string reason;
};

struct StageCost {
  StepId id;
  std::string configuration;  // the first that needs it
  bool cached = false;
  double cpu_minutes = 0;  // 0 when cached
};

struct Plan {
  std::vector<Recipe> recipes;  // the baseline first
  std::vector<Dropped> dropped;
  std::vector<StageCost> stages;  // each once, in order
  double build_minutes = 0;       // wall, on this machine
  double measure_minutes = 0;
  // To build the winner and the baseline anew, as if the dearest build won; its measuring is in
  // measure_minutes.
  double rebuild_minutes = 0;
  double test_minutes = 0;       // CPython's own tests, of the build to be recommended
  double numeric_minutes = 0;    // of measure_minutes, for bf16mm's networks
  std::uint64_t disk_bytes = 0;  // that the missing stages will take
  int workloads = 0;
  int numeric_workloads = 0;
  // Modules of the standard library whose headers the baseline's compiler does not find.
  std::vector<std::string> absent_modules = {};
};

struct PlanRequest {
  std::optional<double> budget_minutes;  // leave points out until the whole sweep fits
  int only_first = 0;                    // 0: all; else at most this many configurations (--max)
  int workloads = 0;                     // in the suite
  int cpus = 1;
  int numeric_workloads = 0;  // in bf16mm's suite; 0: it is not measured
  bool emulated = false;      // measuring is counting under an emulator
  double test_minutes = 0;    // Plan::test_minutes
  double least_seconds = 0;   // of a process that measures one workload, whatever min_time is
};

// Resolves every point of the definition on this machine, drops the impossible ones, and fits the
// rest to the budget: the baseline and the named configurations first, then of the product those
// that keep every value of every axis equally often represented, per marginal minute (a point whose
// stages are cached or shared costs only its measurement). Throws UsageError when the baseline
// itself is impossible or nothing but the baseline is left.
Plan make_plan(const SweepSpec& spec, const Materials& materials, ToolchainProbe& probe,
               const Store& store, const PlanRequest& request);

// Rebuilds 1 to `count` of each of these recipes, in turns, and what they cost.
Plan plan_rebuilds(const std::vector<Recipe>& recipes, int count, const Materials& materials,
                   const Store& store, int cpus);

// Wall minutes that are expected of each stage, for whoever looks on.
std::map<StepId, double> expected_minutes(const Plan& plan);

}  // namespace pytune
