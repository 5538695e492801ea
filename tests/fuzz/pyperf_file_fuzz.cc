// Benchmark files come from anywhere.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "measure/pyperf_file.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = pytune::parse_pyperf_file(
        std::string_view(reinterpret_cast<const char*>(data), size), "x.json");
    const auto measurement = pytune::measurement_of({file, file});
    for (const auto& block : measurement.blocks) {
      if (block.samples.size() != 2) std::abort();
      for (const double value : block.samples[0].wall_values)
        if (!std::isfinite(value) || value <= 0) std::abort();
    }
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
