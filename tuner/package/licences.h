// The licence texts that must travel with the binaries: CPython's own and those of the third-party
// code compiled into it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "package/stage_tree.h"

namespace pytune {

struct Licence {
  std::string file;       // name below licenses/: "LICENSE.expat.txt"
  std::string component;  // the name Misc/sbom.spdx.json uses: "expat"
  std::string spdx;       // "MIT"; empty when the file holds several
  std::string origin;  // where the text was found, relative to the source tree or the installation
  std::string text;
};

// What of it the source tree has; without a tree, the LICENSE.txt that CPython installs.
std::vector<Licence> collect_licences(const std::filesystem::path& source_tree,
                                      const StagedPrefix& staged);

// The first block comment of a C file, without its comment marks; empty when the file does not
// begin with one.
std::string leading_comment(const std::string& text);

}  // namespace pytune
