// What perf stat writes is read without a crash, and nothing but counts comes out of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "perf/stat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stat =
      pytune::parse_perf_stat(std::string_view(reinterpret_cast<const char*>(data), size));
  if (stat.error.find('\n') != std::string::npos) std::abort();
  if (stat.error.empty() == stat.events.empty()) std::abort();
  for (const auto& [event, reading] : stat.events) {
    if (event.empty() || reading.value < 0) std::abort();
    const bool is_share = reading.running >= 0 && reading.running <= 100;  // which NaN is not
    if (!is_share) std::abort();
  }
  return 0;
}
