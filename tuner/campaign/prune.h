// What a store holds that can be made again, and removing it.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace pytune {

struct PruneRequest {
  bool all = false;      // results, builds and sources too
  bool dry_run = false;  // nothing is removed
};

// Intermediate stages, failed attempts and builds that no finished sweep mentions: the steps that
// went, or would go. A step under way elsewhere stays. Throws Failure while another prune is under
// way.
std::vector<StepId> prune(Store& store, const PruneRequest& request);

}  // namespace pytune
