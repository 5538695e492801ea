// Running an interpreter that counts, as nearly the same way every time as can be had.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/slot_commands.h"
#include "build/stages.h"

namespace pytune {

// A profile is about proportions: a fifth of the programs' full size gives the same ones, and an
// instrumented interpreter is ten times slower than a plain one.
inline constexpr const char* kTrainingScale = "0.2";

struct Trainee {
  std::filesystem::path python;
  std::vector<std::string> arguments;
  Environment environment;
  std::vector<int> tolerated = {0};  // exit statuses
};

// One seed and no bytecode written. Every rebuild has its own seed, so that its profile is another
// sample.
Environment repeatable_environment(const Recipe& recipe);

std::filesystem::path interpreter_of(const BuildContext& context, const Recipe& recipe,
                                     const std::filesystem::path& prefix);

// Without address randomization; of another machine's build, under the emulator.
void run_once(BuildContext& context, const Recipe& recipe, SlotCommands& commands,
              const Trainee& trainee);

// Once for each environment that the configuration is trained in.
void train(BuildContext& context, const Recipe& recipe, SlotCommands& commands,
           const Trainee& trainee);

// What the training left, in order of name.
std::vector<std::string> files_with_suffix(const std::filesystem::path& directory,
                                           const std::string& suffix);

}  // namespace pytune
