// Building many configurations: the stages of all recipes as one graph, each stage once, several at
// a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/recipe.h"
#include "build/stages.h"

namespace pytune {

struct StageReport {
  const StageRecipe* stage = nullptr;
  std::string configuration;  // name of the first configuration that needs it
  bool ok = true;
  bool cached = false;
  double wall_seconds = 0;
  std::optional<BuildFailure> failure;
};

struct BuildEvents {
  std::function<void(const StageReport&)> started;  // called under a lock, from any thread
  std::function<void(const StageReport&)> finished;
};

// One Build per recipe, in order; a failed one has `failure` set and the others go on. At most
// `parallel` stages run at once (the jobserver keeps the number of compilers at the number of
// CPUs). Throws Interrupted after all children are gone. Without `indispensable`, one of the
// recipes, the rest is of no use: when it fails, no stage is begun any more, and what was not built
// has its failure.
std::vector<Build> run_builds(BuildContext& context, const std::vector<Recipe>& recipes,
                              int parallel, const BuildEvents& events,
                              const Recipe* indispensable = nullptr);

// As many as there are CPUs, but no more than memory allows at 1.5 GiB each (an LTO link of CPython
// peaks at about 1 GiB), at most 16.
int default_parallel_builds();

}  // namespace pytune
