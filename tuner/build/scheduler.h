// Building many configurations: the stages of all recipes as one graph, each stage once, several at
// a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/recipe.h"
#include "build/stages.h"
#include "sys/listener.h"

namespace pytune {

struct BuildOrder {
  std::vector<Recipe> recipes;
  int parallel = 1;  // stages at once; the jobserver keeps the number of compilers at that of CPUs
  // Wall minutes that are expected of a stage, for the listener; what is not named is quick.
  std::map<StepId, double> minutes = {};
  // Without its build the others are of no use: when a stage of it fails, none is begun any more,
  // and what was not built has its failure.
  const Recipe* indispensable = nullptr;
};

// One Build per recipe, in order; a failed one has `failure` set and the others go on. Throws
// Interrupted after all children are gone.
std::vector<Build> run_builds(BuildContext& context, const BuildOrder& order, Listener& listener);

// As many as there are CPUs, but no more than memory allows at 1.5 GiB each (an LTO link of CPython
// peaks at about 1 GiB), at most 16.
int default_parallel_builds();

}  // namespace pytune
