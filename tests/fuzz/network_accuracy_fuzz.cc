// What a network's script prints comes from an interpreter that was just built.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "campaign/networks.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto answer =
        pytune::parse_accuracy(std::string(reinterpret_cast<const char*>(data), size));
    if (answer.rows < 1 || answer.same_largest > answer.rows) std::abort();
    if (!(answer.difference >= 0)) std::abort();
  } catch (const pytune::Failure& failure) {
    if (std::string(failure.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
