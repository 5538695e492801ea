// Running the training programs for the compiler's profile.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

void run_training(BuildContext& context, const StageJob& job, SlotCommands& commands,
                  nlohmann::json& details);

// Puts the profile of a finished "train" step where the optimized compilation looks for it.
void place_profile(const Step& trained, CompilerFamily family, SlotCommands& commands);

// argv after the interpreter of each run, with the training directory's real path.
std::vector<std::vector<std::string>> training_runs(const Recipe& recipe,
                                                    const TrainingSet& training);

}  // namespace pytune
