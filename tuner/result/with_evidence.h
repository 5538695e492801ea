// The level every figure was obtained at, in JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "analyze/evidence.h"

namespace pytune {

// `j` with the level in every interval below it, so that a figure cut out of the document still
// carries it.
nlohmann::json with_evidence(nlohmann::json j, Evidence evidence);

}  // namespace pytune
