// What every document about a build says of it: the recommendation's JSON and a package's manifest.
#pragma once

#include <nlohmann/json.hpp>

#include "build/build.h"

namespace pytune {

// Configuration, source, commands, tools, flags and hashes, in the order people read them. Nothing
// in it differs between two builds whose files are the same, so no times, and no places on this
// machine besides those of the tools.
nlohmann::ordered_json described_fields(const Build& build);

}  // namespace pytune
