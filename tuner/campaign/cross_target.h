// `--target`: all that it takes to build for another machine and to count there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "build/recipe.h"
#include "build/stages.h"
#include "build/target.h"
#include "campaign/site.h"
#include "measure/sample.h"
#include "source/source.h"

namespace pytune {

struct TargetRequest {
  std::string name;               // a profile of profiles/cpus; empty: this machine
  std::filesystem::path sysroot;  // --sysroot: a directory of the user's; empty: Debian's packages
  std::string mirror;             // --mirror, for the sysroot
  bool offline = false;
  bool refresh = false;
  bool plan = false;  // nothing is fetched, and a sysroot that is not there yet is no error
};

struct PreparedTarget {
  Target target;
  Toolchain native;  // a compiler for this machine, for the interpreter that freezes modules
};

// Emulator, sysroot (fetched unless the store has it) and a compiler for this machine. Throws
// UsageError for an unknown target or one of this machine's own architecture; Failure with the
// remedy where something is missing, also of a sysroot of the user's.
PreparedTarget prepare_target(const Site& site, const TargetRequest& request);

// Builds the interpreter that freezes modules and compiles the library for the target's builds:
// quickly built, never measured. The result may have failed.
Build build_bootstrap(const PreparedTarget& target, BuildContext& context, int parallel,
                      Listener& listener);

// Debian's own interpreter of this minor version for the target, with its version as label; nothing
// where no release has it or it cannot be had, which `notes` then says.
std::optional<Arm> distributors_arm(const Site& site, const Target& target,
                                    const TargetRequest& request, const std::string& minor,
                                    std::vector<std::string>& notes);

struct IdentityCheck {
  std::vector<std::string> faults;  // a sentence each
  std::string summary;              // how many facts agree
};
// Asks every build under the emulator what it is, and `reference` too.
IdentityCheck check_identities(const Site& site, const Target& target,
                               const std::vector<Build>& builds, const Arm& reference);

}  // namespace pytune
