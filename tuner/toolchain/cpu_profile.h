// Machines to build for, whether or not one is at hand: profiles/cpus/*.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toolchain/toolchain.h"

namespace pytune {

// A compiler's name of the CPU (-mcpu on aarch64, -march on x86_64; "generic": no flag at all).
struct CompilerCpu {
  std::string cpu;
  std::string since;  // first release series that knows it; empty: older than any that builds
                      // CPython 3.11
};

// What qemu-user is to be given with -cpu.
struct EmulatedCpu {
  std::string cpu;    // with properties: "max,sve-max-vq=1"
  std::string since;  // QEMU release that has it; empty: all from 7.2 on
  bool more = false;  // has features that the real core lacks: code that looks for features at run
                      // time (glibc, OpenSSL) may take other paths than on the core
};

// MIDR_EL1 fields Implementer and PartNum (Arm ARM DDI 0487, D19.2).
struct CpuPart {
  std::uint32_t implementer = 0;
  std::uint32_t part = 0;
  auto operator<=>(const CpuPart&) const = default;
};

struct CpuCaches {
  std::vector<int> l1i_kib, l1d_kib, l2_kib;  // the sizes that the core is made with
  std::string source;
};

struct CpuProfile {
  std::string name;          // what --target takes: "neoverse-n1", "armv8-a"
  std::string architecture;  // "aarch64", "x86_64"
  std::string description;
  std::vector<std::string> machines;  // in clouds and on desks
  std::map<CompilerFamily, CompilerCpu> compilers;
  std::vector<std::string> features;  // LLVM's names of what the compilers' name lets them use
  int vector_bits = 0;                // widest vectors: NEON or SVE; SSE, AVX2 or AVX-512
  std::vector<int> pages_kib;         // that a kernel may be built with
  std::optional<CpuCaches> caches;    // none for a level that many cores have
  std::vector<CpuPart> midr;
  std::vector<EmulatedCpu> qemu;  // best first; empty: no QEMU up to 10 executes all of it
};

// Throws UsageError: `shown`, the key path, what is wrong.
CpuProfile parse_cpu_profile(const std::string& text, const std::string& shown);

// Every *.json of `directory`, by name. Throws UsageError, also for a file that is not called like
// the profile in it.
std::vector<CpuProfile> load_cpu_profiles(const std::filesystem::path& directory);

// Throws UsageError with the nearest name.
const CpuProfile& find_cpu_profile(const std::vector<CpuProfile>& profiles,
                                   const std::string& name);

// Why `toolchain` cannot build for the profile, or nothing: "gcc-12 (12.2.0) does not know
// neoverse-v2; gcc 13 is the first to, or a later release of this series". The compiler itself is
// asked: distributions and late releases of a series carry names from younger ones.
std::optional<std::string> too_old_for(const CpuProfile& profile, const Toolchain& toolchain,
                                       ToolchainProbe& probe);

// The first of the profile's emulated CPUs that the emulator at `program` starts a program with
// (`trial`: one for the profile's architecture that exits with 0), or nothing with `reason` set.
std::optional<EmulatedCpu> emulated_cpu(const CpuProfile& profile, ProcessRunner& runner,
                                        const std::vector<std::string>& emulator,
                                        const std::string& trial, std::string& reason);

}  // namespace pytune
