// What the packaged interpreter says about itself.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "package/stage_tree.h"
#include "sys/process.h"

namespace pytune {

// Keys of PYTHON.json that only the interpreter knows: tags, paths (relative to the prefix),
// suffixes, magic number, and "builtin_modules". An object with the single key "problem" when it
// does not run here.
nlohmann::json interpreter_facts(ProcessRunner& runner, const StagedPrefix& staged,
                                 const std::filesystem::path& scratch);

}  // namespace pytune
