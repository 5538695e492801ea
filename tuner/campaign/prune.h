// What a store holds that can be made again, and removing it.
#pragma once

#include <cstddef>
#include <functional>

#include "store/store.h"

namespace pytune {

struct PruneRequest {
  bool all = false;      // results, builds and sources too
  bool dry_run = false;  // nothing is removed or written
};

// Removes intermediate stages, failed attempts and builds that no finished sweep mentions, and
// calls `gone` for each step that went, or would go. What a run that is under way makes or uses
// stays: the answer is how many of those there were. `store` is open to prune, or to look for a dry
// run. Throws Failure while another prune is under way.
std::size_t prune(Store& store, const PruneRequest& request,
                  const std::function<void(const StepId&)>& gone);

}  // namespace pytune
