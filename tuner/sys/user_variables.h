// What a user's environment may hold that changes a program, and which programs get it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/process.h"

namespace pytune {

// Programs that pytune starts and that get what is left of the user's environment. Measured
// processes (interpreter/) and the stages of builds (build/) get none of it but PATH and HOME.
enum class Audience : unsigned {
  tool = 1,      // perf, apt, curl, an emulator, a Python that is asked something
  compiler = 2,  // that is asked what it can do: as in a build, without what would add flags
  pip = 4,       // and the compilers that it starts
};

// What a variable would change.
enum class Effect {
  nothing,  // that pytune does or shows
  speed,    // how fast an interpreter runs, or which libraries it loads
  build,    // what a compiler makes
  install,  // what pip installs, and where
  reach,    // whether the network, and an index of packages, can be reached
  text,     // what programs print, which pytune reads
  place,    // where files are looked for or made
};

struct VariableRule {
  std::string_view name;  // one that ends in "*" stands for all that begin so
  Effect effect;
  unsigned audiences;  // that get it
};

// The first that fits `name` counts. Null: what pytune does not know is passed on to all of them.
const VariableRule* rule_for(std::string_view name);

// The names in `ours` that have that effect and are not given to `audience`; sorted.
std::vector<std::string> withheld_from(Audience audience, Effect effect, const Environment& ours);

// What is left of `ours` for `audience`, with messages in English.
Environment environment_for(Audience audience, const Environment& ours = current_environment());

}  // namespace pytune
