// Whether a point of a sweep can be built and run.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "build/recipe.h"
#include "spec/configuration.h"
#include "toolchain/toolchain.h"

namespace pytune {

// What resolve_patches() said of values of the axis: it applies a series in memory, and a plan asks
// for each point.
struct ResolvedPatches {
  std::optional<std::string> why_not;
  std::string value;
};
using KnownPatches = std::map<std::string, ResolvedPatches>;

// Why the point cannot be built here, or not be run; else `configuration` is what it comes to, and
// `toolchain` what builds it.
std::optional<std::string> make_feasible(Configuration& configuration, const Materials& materials,
                                         ToolchainProbe& probe, Toolchain& toolchain,
                                         KnownPatches& known);

}  // namespace pytune
