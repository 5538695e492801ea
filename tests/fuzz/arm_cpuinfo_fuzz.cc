// /proc/cpuinfo is the kernel's, or whatever an emulator or a container puts there.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "toolchain/native_equivalent.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cores = pytune::parse_arm_cpuinfo({reinterpret_cast<const char*>(data), size});
  const auto cpu = pytune::arm_native_cpu(cores);
  if (pytune::parse_cpu(cpu.spelling(), "aarch64").spelling() != cpu.spelling()) std::abort();
  return 0;
}
