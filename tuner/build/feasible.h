// Whether a point of a sweep can be built and run.
#pragma once

#include <optional>
#include <string>

#include "build/recipe.h"
#include "spec/configuration.h"
#include "toolchain/toolchain.h"

namespace pytune {

// Why the point cannot be built here, or not be run; else `configuration` is what it comes to, and
// `toolchain` what builds it.
std::optional<std::string> make_feasible(Configuration& configuration, const Materials& materials,
                                         ToolchainProbe& probe, Toolchain& toolchain);

}  // namespace pytune
