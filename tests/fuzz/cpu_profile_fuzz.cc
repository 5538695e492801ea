// Profiles are written by people, and their words end up on command lines of compilers and
// emulators.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sys/error.h"
#include "toolchain/cpu_profile.h"

namespace {

void require_plain(const std::string& word) {
  if (word.empty() || word.front() == '-' || word.find_first_of(" \t\n'\"$`;") != std::string::npos)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto profile = pytune::parse_cpu_profile(
        std::string(reinterpret_cast<const char*>(data), size), "profile");
    require_plain(profile.name);
    for (const auto& [family, known] : profile.compilers) require_plain(known.cpu);
    for (const auto& cpu : profile.qemu) require_plain(cpu.cpu);
    if (profile.pages_kib.empty()) std::abort();
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
