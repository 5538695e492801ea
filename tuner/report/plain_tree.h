// A build as variables and options of a plain tree's ./configure, which runs upstream's own
// training and none of pytune's stages.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "build/build.h"

namespace pytune {

struct PlainTree {
  // Names and values, in the order of the records: configure reads them from the environment.
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<std::string> options;
  std::vector<std::string> left_out;  // variables of make that are none of a shell's
};

// Without prefix and profile: with PGO, --enable-optimizations trains anew.
PlainTree plain_tree(const Build& build);

}  // namespace pytune
