// From a configuration to words on command lines, and whether the compiler at hand can do it at
// all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/configuration.h"
#include "toolchain/cpu_names.h"
#include "toolchain/toolchain.h"

namespace pytune {

// Where the words go in CPython's Makefile: see the head of spec/axes.h.
struct FlagSet {
  std::string opt;                   // "-O3": replaces the level in OPT
  std::vector<std::string> compile;  // CFLAGS_NODIST
  std::vector<std::string> link;     // LDFLAGS_NODIST
  std::vector<std::string>
      executable;  // LINKCC, behind the compiler: every executable, _freeze_module too
  std::vector<std::string> exporting;  // LINKFORSHARED: the interpreter alone
  std::vector<std::string> configure;
  std::vector<std::string> make;  // variables, whole
};

std::vector<std::string> words(std::string_view text);

// `profiled`: only what the instrumented build shares with the optimized one. LTO, PIE, linker, CPU
// and BOLT are left out: instrumentation comes before all of them in both compilers, so one
// training run serves every value of those axes. A profile that does not fit after all makes gcc
// fail with -Wcoverage-mismatch (an error by default), which is recorded as such.
FlagSet flags_for(const Configuration& configuration, const Toolchain& toolchain,
                  bool profiled = false);

// Flags of the two compilations of a profile-guided build.
std::vector<std::string> profile_generate_flags(CompilerFamily family,
                                                PgoKind::Value kind = PgoKind::initial());
// The same for the link.
std::vector<std::string> profile_generate_link(const Toolchain& toolchain,
                                               PgoKind::Value kind = PgoKind::initial());
// `profile` is the path of the merged profile, relative to the build directory (clang); gcc reads
// .gcda files beside the objects.
std::vector<std::string> profile_use_flags(CompilerFamily family, const std::string& profile,
                                           PgoKind::Value kind = PgoKind::initial());
// On top of those: counts once more, in the code that inlining by the first profile made.
inline constexpr const char* kCountAfterInlining = "-fcs-profile-generate";

// What this llvm-bolt does to an interpreter, besides the profile. `shared`: to a shared library.
std::vector<std::string> bolt_flags(const Toolchain& toolchain, bool shared = false);
// Those of them that it has to be told when it instruments, too.
std::vector<std::string> bolt_instrument_flags(const Toolchain& toolchain, bool shared);
// What it needs besides to make code count that is for another machine: that machine's runtime, an
// absolute path.
std::string bolt_runtime_flag(const std::string& runtime);

// `cpu` without those of its no= features that the compiler has no name for, and so no use either:
// a hypervisor may mask features younger than the compiler.
CpuTarget spelled_for(CpuTarget cpu, const Toolchain& toolchain, ToolchainProbe& probe);

// Makes a configuration concrete for this machine: compiler to its canonical name, `native` to its
// real name. Returns why it cannot be built here, or nothing.
std::optional<std::string> resolve(Configuration& configuration, ToolchainProbe& probe);

// Why the point is impossible, or nothing; `configuration` is resolved.
std::optional<std::string> impossible(const Configuration& configuration,
                                      const Toolchain& toolchain, ToolchainProbe& probe);

}  // namespace pytune
