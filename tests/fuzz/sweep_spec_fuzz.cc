// Sweep definitions are written by people, and passed around.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "spec/sweep.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto spec =
        pytune::parse_sweep(std::string(reinterpret_cast<const char*>(data), size), "x.json");
    if (spec.configurations.empty() && spec.axes.empty()) std::abort();
  } catch (const pytune::UsageError& e) {
    if (e.what()[0] == '\0') std::abort();
  }
  return 0;
}
