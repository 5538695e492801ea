// Whether a point of a sweep can be built and run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/recipe.h"
#include "spec/configuration.h"
#include "toolchain/toolchain.h"

namespace pytune {

struct ResolvedPatches {
  std::optional<std::string> why_not;
  std::string value;
};

// What was answered for earlier points of a plan, and takes long to find out.
struct Answers {
  // Of resolve_patches(), which applies a series in memory, for values of the axis.
  std::map<std::string, ResolvedPatches> patches = {};
  // Of unknown_to_configure(), which searches a text of 700 KB, for lists of words.
  std::map<std::vector<std::string>, std::optional<std::string>> configure_words = {};
};

// Why the point cannot be built here, or not be run; else `configuration` is what it comes to, and
// `toolchain` what builds it.
std::optional<std::string> make_feasible(Configuration& configuration, const Materials& materials,
                                         ToolchainProbe& probe, Toolchain& toolchain,
                                         Answers& known);

}  // namespace pytune
