// The flags a file was really compiled with, from the log: the wish on the command line is not
// evidence.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pytune {

struct EffectiveFlags {
  std::vector<std::string> flags;  // without -I, -D, -W, -o, -c and file names; of -O the last
                                   // only; of -fX/-fno-X the last only
  std::string text() const;
};

// The command in `log` (make's output) that compiled `file` ("Python/ceval.c"), or nothing.
std::optional<EffectiveFlags> effective_flags(const std::string& log, const std::string& file);

// What was asked for and is not in effect, as sentences: "-O3 was asked for, but -O2 is in effect".
std::vector<std::string> flag_mismatches(const EffectiveFlags& effective,
                                         const std::vector<std::string>& asked);

// Functions, each once, that were optimized without their profile because it was counted on another
// control flow: gcc's -Wcoverage-mismatch, and clang's warning where it counts in its intermediate
// code. Of its front end clang says how many, and not which.
std::vector<std::string> functions_without_profile(const std::string& log);

}  // namespace pytune
