// What building and measuring take, in minutes, before anything is done.
#pragma once

#include <compare>
#include <cstddef>
#include <map>

#include "build/plan.h"
#include "build/recipe.h"
#include "build/stage_kinds.h"
#include "spec/measure_settings.h"
#include "store/store.h"

namespace pytune {

// What stages cost alike.
struct CostClass {
  StageKind kind = StageKind::configure;
  bool upstream = false;  // a training by CPython's own task, alone or too
  bool emulated = false;
  bool full_lto = false;

  auto operator<=>(const CostClass&) const = default;
};
// `inputs`: of the recipe, or of a step of the store.
CostClass cost_class(StageKind kind, const nlohmann::json& inputs);

// CPU minutes of stages: the median of those of its class that this store has seen; else a guess.
class History {
 public:
  explicit History(const Store& store);

  double cpu_minutes(const StageRecipe& stage) const;

 private:
  std::map<CostClass, double> seen_;
};

double wall_minutes(double cpu_minutes, int cpus);

// Of `builds` builds, the baseline among them.
double numeric_minutes_for(const MeasureSettings& m, std::size_t builds,
                           const PlanRequest& request);
double measure_minutes_for(const MeasureSettings& m, int workloads, std::size_t builds,
                           const PlanRequest& request);

}  // namespace pytune
