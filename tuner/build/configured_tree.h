// What the configure stage makes, and putting it into another work slot.
#pragma once

#include "build/recipe.h"
#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

// Runs configure in the slot's build directory.
void configure_tree(const Recipe& recipe, SlotCommands& commands);

// The build directory as that left it, and the commands that make it noted. Throws Failure
// when the recipe's configure stage is not in the store.
void prepare_configured(BuildContext& context, const Recipe& recipe, SlotCommands& commands);

}  // namespace pytune
