// Single object files of a configured tree, to look at: neither linked nor installed.
#pragma once

#include <string>
#include <vector>

#include "build/recipe.h"
#include "build/stages.h"
#include "patches/series.h"

namespace pytune {

// STEP/objects/Python/ceval.o and so on: `objects`, as make calls them, compiled with the recipe's
// flags of the source with `patches`, in the tree that the recipe's configure stage left, which has
// to be finished. __LINE__ is the same number everywhere, so that a line more changes nothing below
// it. Throws Failure with the telling line and the log.
Step compile_objects(BuildContext& context, const Recipe& recipe, const std::vector<Patch>& patches,
                     const std::vector<std::string>& objects);

}  // namespace pytune
