// The package's bill of materials, SPDX 2.3.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "build/build.h"
#include "package/licences.h"
#include "package/stage_tree.h"

namespace pytune {

struct SbomFacts {
  const Build& build;
  const std::filesystem::path& source_tree;
  const StagedPrefix& staged;
  const std::vector<Licence>& licences;
};

// CPython, the third-party code inside it (from Misc/sbom.spdx.json of the source tree when it has
// one), and the bundled pip. `document`: the package's name; `created`: seconds since 1970.
nlohmann::ordered_json make_sbom(const SbomFacts& facts, const std::string& document,
                                 std::int64_t created);

}  // namespace pytune
