// CPU names: LLVM's target parser is the authority on what exists; compilers are asked separately
// what they know.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pytune {

// A value of the cpu axis: NAME[,tune=NAME][,no=FEATURE+FEATURE].
struct CpuTarget {
  std::string name;  // "generic", "x86-64-v3", "sapphirerapids", "neoverse-n1"
  std::string tune;  // empty: the compiler's choice for `name`
  std::vector<std::string>
      without;  // features the name implies but this machine lacks (a hypervisor masks them)

  std::string spelling() const;
};

// Throws UsageError: unknown form, or a name that is neither one of LLVM's target parser for
// `architecture` ("x86_64", "aarch64") nor one that people say of a machine ("graviton4"), with the
// nearest known name. The latter become LLVM's.
CpuTarget parse_cpu(const std::string& value, const std::string& architecture);

// Every -march (x86_64) or -mcpu (aarch64) name.
std::vector<std::string> known_cpus(const std::string& architecture);

// CPUs whose code runs on `name`, too: its family first, then Arm's server cores, then those
// with the most features.
std::vector<std::string> lesser_cpus(const std::string& name, const std::string& architecture);

// LLVM's names of the features that -march=NAME (x86_64) or -mcpu=NAME (aarch64) stands for, the
// architecture level among them on aarch64 ("v8.2a"), sorted; of "generic" what every machine has.
std::vector<std::string> implied_features(const std::string& name, const std::string& architecture);

// This machine's CPU, by LLVM's name, as native_cpu() gives it; on Arm see native_equivalent.h.
CpuTarget host_cpu();

// `name` as a target for this machine: features that it implies and the machine lacks (a hypervisor
// masks them) are taken out, so that the name means the same elsewhere.
CpuTarget native_cpu(const std::string& name);

// "-march=x86-64-v3 -mtune=icelake-server", "-mcpu=neoverse-n1"; empty for generic.
std::vector<std::string> cpu_flags(const CpuTarget& cpu, const std::string& architecture);

// "runs on any x86-64 machine", "needs a CPU with the features of sapphirerapids": for packages and
// reports.
std::string cpu_requirement(const CpuTarget& cpu, const std::string& architecture);

}  // namespace pytune
