// The last stage: from an installed tree to a build that can be measured and packaged.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

// Hard-links the compiled (or bolted) tree, adds bytecode shared by all builds of the source, and
// writes down the whole Build.
void run_finish(BuildContext& context, const StageJob& job, SlotCommands& commands,
                nlohmann::json& details);

void describe_source(Build& build, const Source& source);

}  // namespace pytune
