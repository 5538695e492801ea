// What it takes to build CPython's JIT compiler: LLVM of the version that the source's Tools/jit
// names, and a Python that runs what is there. By the source's text, so that versions of CPython
// that are not known yet are right, too.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "build/recipe.h"
#include "spec/configuration.h"
#include "toolchain/toolchain.h"

namespace pytune {

// "19" of the source's "_LLVM_VERSION = 19"; empty where there is no such text.
std::string llvm_of_jit(const std::filesystem::path& source_tree);

// Of a configuration with a JIT compiler, why it cannot be built; nothing where it can, and then
// `toolchain` has what compiles the JIT's code. Nothing is known of a source that is not here yet.
std::optional<std::string> unfit_for_jit(const Configuration& configuration,
                                         const Materials& materials, ToolchainProbe& probe,
                                         Toolchain& toolchain);

}  // namespace pytune
