// Gate: a file that a generator makes is what the generator makes of the patched tree. Patches that
// change a generator's input and not its output, or the other way round, are found here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/place_builds.h"

namespace pytune {

// What CPython makes some of its sources with, as its Makefile does it.
struct Generator {
  std::string name;
  std::vector<std::string> inputs;   // files, and folders that end in "/"
  std::vector<std::string> outputs;  // likewise
  // Words behind the interpreter, one run each; relative to the tree.
  std::vector<std::vector<std::string>> runs;
};

// Those that have to do with a file of `paths`, the ones that patches change below `tree`.
std::vector<Generator> generators_for(const std::filesystem::path& tree,
                                      const std::vector<std::string>& paths);

std::vector<GateRow> verify_generated(VerifyContext& context, const std::vector<Variant>& variants);

}  // namespace pytune
