// Finding a finished sweep and one of its builds, for the verbs that come after `sweep`.
#pragma once

#include <string>

#include "result/sweep_result.h"
#include "store/store.h"

namespace pytune {

// The newest finished sweep, or the one whose id starts with `id`. Throws UsageError when there is
// none.
SweepResult finished_sweep(const Store& store, const std::string& id);

// The recommended build, or the one of that name or id prefix. Throws UsageError: unknown (with a
// suggestion), failed, pruned.
const Build& chosen_build(const SweepResult& result, const std::string& wanted);

}  // namespace pytune
