// Which functions the training reached, as clang's merged profile has it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct TrainingReach {
  std::size_t functions = 0;           // that were counted
  std::vector<std::string> never_run;  // of these; static ones as "FILE:NAME"
};

// Words after llvm-profdata and before the profile.
inline constexpr const char* kShowNeverRun[] = {"show", "--list-below-cutoff", "--value-cutoff=1"};

// Of what it prints; nothing where that is something else, as of an LLVM without these options.
std::optional<TrainingReach> parse_training_reach(std::string_view output);

}  // namespace pytune
