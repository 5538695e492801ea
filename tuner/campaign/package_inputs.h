// What a package is made of besides the build itself.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "result/sweep_result.h"
#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"

namespace pytune {

// The source tree a build was made from, for its licences and its tests. Throws Failure when the
// store has it no more.
std::filesystem::path source_tree_of(const Store& store, const Build& build);

// The bare system that a package for another machine is tried in; empty, with a warning, where
// there is none: it is then tried in the sysroot. Empty for a build of this machine.
std::filesystem::path bare_system_for(Store& store, ProcessRunner& runner, const Build& build,
                                      Listener& listener);

// The sweep's figures for this build, evidence level included.
nlohmann::json figures_of(const SweepResult& sweep, const Build& build);

}  // namespace pytune
