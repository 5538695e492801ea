// Values of the cpu axis become words on compilers' command lines.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sys/error.h"
#include "toolchain/cpu_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  for (const char* architecture : {"x86_64", "aarch64"}) {
    try {
      const auto cpu = pytune::parse_cpu(value, architecture);
      if (pytune::parse_cpu(cpu.spelling(), architecture).spelling() != cpu.spelling())
        std::abort();
      for (const auto& flag : pytune::cpu_flags(cpu, architecture)) {
        if (!flag.starts_with("-m") || flag.find_first_of(" \t\n'\"$`;") != std::string::npos)
          std::abort();
      }
    } catch (const pytune::UsageError&) {
    }
  }
  return 0;
}
