// What a build has to pass before it is recommended: of a fixed list of
// CPython's own test files, the same tests fail on it as on the baseline.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/target.h"
#include "campaign/site.h"
#include "result/tested_build.h"

namespace pytune {

// profiles/own_tests/list, which says why each is in it. Under an emulator,
// which takes ten times as long, a part of them.
std::vector<std::string> qualifying_tests(const std::filesystem::path& home, bool emulated);

// Expected, of baseline and one build, so many files at once.
double qualifying_minutes(std::size_t files, bool emulated, int parallel);

struct Qualifying {
  Site site;
  const Build& baseline;
  const Target* target = nullptr;
  std::vector<std::string> files = {};
  int parallel = 1;
};

// Each file on each build is a step in the store. A test that fails on one side
// only is tried once more on both.
TestedBuild qualify(const Qualifying& qualifying, const Build& build);

}  // namespace pytune
