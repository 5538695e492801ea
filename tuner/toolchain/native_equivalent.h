// What "native" means on an Arm machine: from MIDR_EL1 and the HWCAPs, as /proc/cpuinfo has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "toolchain/cpu_names.h"

namespace pytune {

// One kind of core in the machine.
struct ArmCore {
  std::uint32_t implementer = 0;  // MIDR_EL1, see CpuPart
  std::uint32_t part = 0;
  std::uint32_t variant = 0;
  std::uint32_t revision = 0;
  std::vector<std::string> hwcaps;  // "asimd", "atomics": Documentation/arch/arm64/elf_hwcaps.rst
  int count = 0;                    // online CPUs of this kind
};

// Each kind once, in the order of the file. Takes any text: what is no number counts as 0, and a
// text without a CPU gives nothing.
std::vector<ArmCore> parse_arm_cpuinfo(std::string_view text);

// The CPU to compile for so that the code runs on each of the cores:
// - all of one part that LLVM knows: its name, without what the kernel does not offer (a hypervisor
//   masks features);
// - unknown parts, or several (big.LITTLE): the newest of the server cores whose features are all
//   there on all of them, tuned for no core in particular; "generic" when there is none such.
CpuTarget arm_native_cpu(const std::vector<ArmCore>& cores);

// `name` without what it stands for and the cores do not all offer.
CpuTarget arm_cpu_on(const std::string& name, const std::vector<ArmCore>& cores);

std::vector<ArmCore> host_arm_cores();  // from /proc/cpuinfo; none on another architecture

}  // namespace pytune
