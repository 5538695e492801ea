// The configure stage's result, put into another work slot.
#pragma once

#include "build/recipe.h"
#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

// The build directory as configure left it, and the commands that make it noted. Throws Failure
// when the recipe's configure stage is not in the store.
void prepare_configured(BuildContext& context, const Recipe& recipe, SlotCommands& commands);

}  // namespace pytune
