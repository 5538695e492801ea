// What a store holds that can be made again, and removing it.
#pragma once

#include <functional>

#include "store/store.h"

namespace pytune {

struct PruneRequest {
  bool all = false;      // results, builds and sources too
  bool dry_run = false;  // nothing is removed
};

// Removes intermediate stages, failed attempts and builds that no finished sweep mentions, and
// calls `gone` for each step that went, or would go. A step under way elsewhere stays. Throws
// Failure while another prune is under way.
void prune(Store& store, const PruneRequest& request,
           const std::function<void(const StepId&)>& gone);

}  // namespace pytune
