// What building and measuring take, in minutes, before anything is done.
#pragma once

#include <cstddef>
#include <map>

#include "build/plan.h"
#include "build/recipe.h"
#include "build/stage_kinds.h"
#include "spec/measure_settings.h"
#include "store/store.h"

namespace pytune {

// CPU minutes of stages: as this store has seen them, by kind the median; else kStages' guess.
class History {
 public:
  explicit History(const Store& store);

  double cpu_minutes(const Recipe& recipe, StageKind kind) const;

 private:
  std::map<StageKind, double> seen_;
};

double wall_minutes(double cpu_minutes, int cpus);

// Of `builds` builds, the baseline among them.
double numeric_minutes_for(const MeasureSettings& m, std::size_t builds,
                           const PlanRequest& request);
double measure_minutes_for(const MeasureSettings& m, int workloads, std::size_t builds,
                           const PlanRequest& request);

}  // namespace pytune
