// What the stages of recipes cost that the store does not have yet.
#pragma once

#include <map>

#include "build/cost_model.h"
#include "build/recipe.h"
#include "store/store.h"

namespace pytune {

class Bill {
 public:
  explicit Bill(const Store& store) : store_(store), history_(store) {}

  // Asked of the store once.
  bool cached(const StepId& id) const {
    const auto known = found_.find(id);
    return known != found_.end() ? known->second
                                 : found_.emplace(id, store_.find(id).has_value()).first->second;
  }

  // CPU minutes; 0 when the store has it.
  double minutes_missing(const StageRecipe& stage) const {
    return cached(stage.id) ? 0 : history_.cpu_minutes(stage);
  }

  // As if the store had nothing.
  double minutes_anew(const StageRecipe& stage) const { return history_.cpu_minutes(stage); }

 private:
  const Store& store_;
  History history_;
  mutable std::map<StepId, bool> found_;
};

}  // namespace pytune
