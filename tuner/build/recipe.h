// The plan of one build, before anything runs: which stages, their keys, and the words on every
// command line.
//
// configure -> [instrument -> train [-> instrument -> train]] -> compile -> [bolt] -> build
//
// A stage's key hashes everything that can change its result and nothing else, so configurations
// share stages: code-generation flags are given to make, not to configure, so one configure serves
// every configuration of a compiler and libpython mode; one training run serves every LTO, PIE,
// linker, CPU and BOLT value (see flags_for); and a patch of C code is configured as the source
// without it is (see patches_of_configure).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "build/patched_source.h"
#include "build/stage_kinds.h"
#include "build/target.h"
#include "source/source.h"
#include "spec/configuration.h"
#include "store/store.h"
#include "toolchain/flags.h"

namespace pytune {

// CPython is configured for this prefix and installed below the store: all builds embed the same
// paths, of the same length.
inline constexpr const char* kConfiguredPrefix = "/opt/python";

// Raised when the library's bytecode is made differently. Before 2, what compileall and make import
// had times in it, so that most builds compiled it at each start; and all builds of a source had
// the first one's settings (_sysconfigdata).
inline constexpr int kBytecodeVersion = 2;

struct StageRecipe {
  StageKind kind = StageKind::configure;
  StepId id;  // of that kind's name
  nlohmann::json inputs;
};

struct TrainingSet {
  std::filesystem::path directory;              // profiles/training
  std::string sha256;                           // over names and contents
  std::vector<std::filesystem::path> own = {};  // a user's programs, which run after those there
};
// Throws UsageError in one line for a program of `own` that is no file to read.
TrainingSet read_training_set(const std::filesystem::path& directory,
                              const std::vector<std::string>& own = {});

struct Recipe {
  Configuration configuration;  // resolved
  std::string name;
  // 0: the build that is handed out. Above: the same configuration made anew, trained under another
  // hash seed and linked in another order, to tell what the flags do from what one binary's layout
  // does.
  int rebuild = 0;
  const Target* target = nullptr;       // the machine that it is for; null: this one
  const PatchSeries* series = nullptr;  // that the axis `patches` names; null: there is none
  std::vector<Patch> patches;           // those that are applied to the source
  Toolchain toolchain;
  std::vector<std::string> absent_modules;  // that this version has, and no headers are found for
  std::vector<std::string> configure_arguments;
  std::vector<std::string> profile_make_variables;  // empty without PGO
  std::vector<std::string> recount_make_variables;  // of instrument_inlined
  std::vector<std::string> make_variables;
  std::vector<std::string> asked_flags;  // to be found again in the compile log
  StageRecipe configure;
  std::optional<StageRecipe> instrument;
  std::optional<StageRecipe> train;
  // pgo_kind=csir: what the first profile optimized is counted in its turn, as it will be compiled.
  std::optional<StageRecipe> instrument_inlined;
  std::optional<StageRecipe> train_inlined;
  StageRecipe compile;
  std::optional<StageRecipe> bolt;
  StageRecipe build;

  std::vector<const StageRecipe*> stages() const;  // in order
  // The one whose profile the optimized compilation uses; nothing without PGO.
  const std::optional<StageRecipe>& last_training() const {
    return train_inlined ? train_inlined : train;
  }
};

// What recipes are made from.
struct Materials {
  const Source& source;
  const TrainingSet& training;
  const Target* target = nullptr;       // the machine to build for; null: this one
  const PatchSeries* series = nullptr;  // for the source's version; null: there is none
  // Why nothing here can be run with these variables, or nothing; empty: not asked.
  std::function<std::optional<std::string>(const Environment&)> unfit_environment = {};
};

Recipe make_recipe(const Configuration& resolved, const std::string& name,
                   const Toolchain& toolchain, const Materials& materials, int rebuild = 0);

}  // namespace pytune
