#include "build/feasible.h"

#include <fmt/format.h>

#include <cstdlib>

#include "build/configure_options.h"
#include "build/huge_pages.h"
#include "build/jit.h"
#include "spec/environment.h"

namespace pytune {
namespace {

// Before LLVM 19 what it counts with in AArch64 code is not among Debian's packages, and 18's
// counters of such code were its first.
std::optional<std::string> unfit_for_bolt(const Configuration& configuration,
                                          const Toolchain& toolchain) {
  constexpr int kOldestForArm = 19;
  if (configuration.get<Bolt>() == Bolt::Value::off || !toolchain.bolt) return std::nullopt;
  if (toolchain.bolt_major < kOldestForArm)
    return fmt::format(
        "{} is older than LLVM {}, from which on BOLT counts in code for another machine; on "
        "Debian: apt-get install bolt-{}",
        *toolchain.bolt, kOldestForArm, kOldestForArm);
  if (toolchain.bolt_runtime) return std::nullopt;
  return fmt::format(
      "{} has no runtime for this target, libbolt_rt_instr.a of LLVM {}: see to the mirror, or put "
      "it into the sysroot as Debian's libbolt-{}-dev has it",
      *toolchain.bolt, toolchain.bolt_major, toolchain.bolt_major);
}

// On a target "native" is that machine. Why the point cannot be built, or not be run there.
std::optional<std::string> resolve_for(Configuration& configuration, ToolchainProbe& probe,
                                       const Target* target) {
  std::string reason;
  const Toolchain* toolchain = probe.probe(configuration.get<Compiler>(), reason);
  if (toolchain == nullptr) return reason;
  if (target != nullptr && configuration.get<Cpu>() == "native") {
    if (auto why = too_old_for(target->profile, *toolchain, probe)) return why;
    configuration.set<Cpu>(target->profile.compilers.at(toolchain->family).cpu);
  }
  if (auto why = resolve(configuration, probe)) return why;
  if (target == nullptr) return std::nullopt;
  if (auto why = unfit_for_bolt(configuration, *toolchain)) return why;
  return cannot_run_on(*target, configuration.get<Cpu>());
}

// Why it cannot be run with what the configuration sets for it.
std::optional<std::string> unfit_environment(const Configuration& configuration,
                                             const Materials& materials) {
  const Environment variables = environment_of(configuration);
  if (variables.empty()) return std::nullopt;
  const std::string& minor = materials.source.minor;
  const std::size_t dot = minor.find('.');
  const int number = dot == std::string::npos
                         ? 0
                         : static_cast<int>(std::strtol(minor.c_str() + dot + 1, nullptr, 10));
  const auto unknown = unknown_to_version(variables, number);
  if (number > 0 && !unknown.empty()) return unknown.front();
  if (auto why = without_huge_pages(variables, huge_pages_here())) return why;
  return materials.unfit_environment ? materials.unfit_environment(variables) : std::nullopt;
}

std::optional<std::string> fit_patches(Configuration& configuration, const Materials& materials,
                                       Answers& known) {
  const std::string asked = configuration.get<Patches>();
  auto found = known.patches.find(asked);
  if (found == known.patches.end()) {
    ResolvedPatches resolved;
    resolved.why_not = resolve_patches(configuration, materials.series, materials.source);
    resolved.value = configuration.get<Patches>();
    found = known.patches.emplace(asked, std::move(resolved)).first;
  }
  configuration.set<Patches>(found->second.value);
  return found->second.why_not;
}

}  // namespace

std::optional<std::string> make_feasible(Configuration& configuration, const Materials& materials,
                                         ToolchainProbe& probe, Toolchain& toolchain,
                                         Answers& known) {
  if (auto why = resolve_for(configuration, probe, materials.target)) return why;
  std::string reason;
  const Toolchain* found = probe.probe(configuration.get<Compiler>(), reason);
  if (found == nullptr) return reason;
  toolchain = *found;
  if (auto why = impossible(configuration, toolchain, probe)) return why;
  const auto words = flags_for(configuration, toolchain).configure;
  const auto [answer, unasked] = known.configure_words.try_emplace(words);
  if (unasked) answer->second = unknown_to_configure(materials.source, words);
  if (answer->second) return answer->second;
  if (auto why = unfit_for_jit(configuration, materials, probe, toolchain)) return why;
  if (auto why = unfit_environment(configuration, materials)) return why;
  return fit_patches(configuration, materials, known);
}

}  // namespace pytune
