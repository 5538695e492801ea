// What the identity probe prints comes through an emulator from an interpreter that was just built.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "build/identity.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto identity =
        pytune::parse_identity(std::string(reinterpret_cast<const char*>(data), size), "python");
    if (!pytune::compare_identities(identity, identity).empty()) std::abort();
    for (const auto& line : pytune::identity_faults(pytune::compare_identities(identity, {}))) {
      if (line.find('\n') != std::string::npos) std::abort();
    }
  } catch (const pytune::Failure& failure) {
    if (std::string(failure.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
