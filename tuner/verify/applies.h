// Gate: the patches apply to the source without fuzz, each alone and all in their order.
#pragma once

#include <filesystem>
#include <vector>

#include "patches/series.h"
#include "verify/place_builds.h"
#include "verify/row.h"

namespace pytune {

std::vector<GateRow> verify_applies(const std::filesystem::path& tree,
                                    const std::vector<Variant>& variants);

}  // namespace pytune
