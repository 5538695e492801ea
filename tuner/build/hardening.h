// No build is less safe than the baseline unless its configuration asks for
// that.
#pragma once

#include <vector>

#include "binary/hardening_facts.h"
#include "build/build.h"
#include "build/recipe.h"
#include "store/store.h"

namespace pytune {

// Compares each build with what its stages before BOLT made, and with the
// baseline. One that lost a protection which no axis of its gives up gets a
// failure of class "less-safe", with a log. `recipes` are those of `builds`, in
// order.
void require_hardening(Store& store, const Build& baseline, const std::vector<Recipe>& recipes,
                       std::vector<Build>& builds);

// Whether the configuration asks for the loss: pie=no-pie, another value of hardening than the
// reference's, or a word in cflags.
bool gives_up(const Configuration& configuration, const Configuration& reference,
              Protection protection);

}  // namespace pytune
