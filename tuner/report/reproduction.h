// What the recommendation formats share: a build's record as steps that somebody else can run, and
// where things come from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result/sweep_result.h"

namespace pytune {

struct ReproductionStep {
  std::string stage;
  std::string directory;           // one word of shell source
  std::vector<std::string> words;  // likewise, in order
};

struct Reproduction {
  std::vector<ReproductionStep> steps;
  std::string environment;  // assignments, as shell source: all that pytune's builds see besides
                            // each step's own
  bool fixed_addresses = false;  // some step ran under `setarch -R`
  bool uses_training = false;    // some step names $TRAINING
  bool uses_strip = false;  // some step names $STRIP: how many directories stand above the objects
  bool needs_patches = false;  // patches are applied, and no recorded step does it
  std::string one_patch;       // shell source: the only one's file name; empty: the whole series
  std::string installed;    // shell source: the installed tree below $WORK; empty when no step says
  std::string prefix;       // shell source: configure's --prefix; empty likewise
  std::string interpreter;  // "python3.13"; a plain file name whatever the record says
  std::string minor;        // "3.13"; digits and dots likewise
};

// Throws Failure for a build that failed or whose record holds no commands: there is nothing to
// reproduce.
Reproduction reproduction_of(const Build& build);

// What is being reproduced, one line each, without comment signs: name, evidence and speed, where
// it runs, source, profile, tools. Safe to put behind a '#'.
std::vector<std::string> provenance(const SweepResult& result, const Build& build);

// The archive that the build was made from, where the store still has it.
std::optional<std::filesystem::path> stored_archive(const Build& build);
// How to get the archive when it is not there, one line each.
std::vector<std::string> archive_instructions(const Build& build);

// HOME/profiles/training and HOME/patches/<minor>; empty without a home.
std::string training_directory(const std::filesystem::path& home);
std::string patches_directory(const std::filesystem::path& home, const Reproduction& reproduction);

// Parts of a tool's version that its --version output must hold, in whatever order:
// "12.2.0 (Debian 12.2.0-14)" gives two, "GNU ld (GNU Binutils for Debian) 2.40" three.
std::vector<std::string> version_parts(const RecordedTool& tool);

// Compiler flags without those that make or use profile data: they mean something only where the
// data lies.
std::string without_profile_flags(std::string_view flags);

// A few words for each stage, for comments and progress lines.
std::string stage_words(std::string_view stage);

}  // namespace pytune
