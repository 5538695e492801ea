// `sweep --target`: all that it takes to build for another machine and to count there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/recipe.h"
#include "build/stages.h"
#include "build/target.h"
#include "measure/sample.h"
#include "measure/session.h"
#include "source/source.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

struct TargetRequest {
  std::filesystem::path home;     // data_home()
  std::string name;               // a profile of profiles/cpus
  std::filesystem::path sysroot;  // --sysroot: a directory of the user's; empty: Debian's packages
  std::string mirror;             // --mirror, for the sysroot
  bool offline = false;
  bool refresh = false;
  bool plan = false;  // nothing is fetched, and a sysroot that is not there yet is no error
};

struct PreparedTarget {
  Target target;            // native_prefix is empty until the bootstrap is built
  EmulatedWorkers workers;  // for measuring
  Toolchain native;         // compiler of the bootstrap
};

// Emulator, sysroot (fetched unless the store has it) and a compiler for this machine. Throws
// UsageError for an unknown target or one of this machine's own architecture; Failure with the
// remedy where something is missing, also of a sysroot of the user's.
PreparedTarget prepare_target(Store& store, ProcessRunner& runner, const TargetRequest& request);

// The interpreter that freezes modules and compiles the library for the target's builds: quickly
// built, never measured.
Recipe bootstrap_recipe(const PreparedTarget& prepared, const Source& source,
                        const TrainingSet& training);

// Debian's own interpreter of this minor version for the target, with its version; nothing where no
// release has it or it cannot be had, which `notes` then says.
std::optional<Arm> distributors_arm(Store& store, ProcessRunner& runner,
                                    const PreparedTarget& prepared, const TargetRequest& request,
                                    const std::string& minor, std::string& description,
                                    std::vector<std::string>& notes);

// Asks every build under the emulator what it is, and `reference` too. A sentence for each fault;
// else how many facts agree, in `progress`.
std::vector<std::string> check_identities(Store& store, ProcessRunner& runner,
                                          const PreparedTarget& prepared,
                                          const std::filesystem::path& home,
                                          const std::vector<Build>& builds, const Arm& reference,
                                          std::string& summary);

}  // namespace pytune
