// Gate: the patches apply to the source without fuzz, each alone and all in their order.
#pragma once

#include <filesystem>
#include <vector>

#include "patches/series.h"
#include "verify/row.h"
#include "verify/subject.h"

namespace pytune {

std::vector<GateRow> verify_applying(const std::filesystem::path& tree,
                                     const std::vector<Variant>& variants);

}  // namespace pytune
