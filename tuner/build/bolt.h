// Laying the finished interpreter out anew by a profile of the training programs.
//
// BOLT: M. Panchenko et al., "BOLT: A Practical Binary Optimizer for Data Centers and Beyond", CGO
// 2019.
#pragma once

#include <nlohmann/json.hpp>

#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

// The stage: from the prefix of the "compile" step to one whose interpreter, or whose libpython
// where the interpreter is in it, llvm-bolt rewrote, and which ran. `details` gains
// "profile_sha256".
void run_bolt(BuildContext& context, const StageJob& job, SlotCommands& commands,
              nlohmann::json& details);

}  // namespace pytune
