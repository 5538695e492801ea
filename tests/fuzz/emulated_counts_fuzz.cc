// What a counted program may have put where the plugin's counts are: read without a crash, and
// nothing but counts comes out of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "measure/emulated_counts.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const pytune::EmulatedCounts counts =
        pytune::parse_counts_file(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!counts.counts.contains("instructions") || counts.programs != 1) std::abort();
    for (const auto& [kind, count] : counts.counts)
      if (kind.empty() || count < 0) std::abort();
    for (const auto& [place, executions] : counts.places) {
      if (place.first.find('\0') != std::string::npos) std::abort();
      if (executions.executions < 1 || executions.instructions < 1) std::abort();
    }
  } catch (const pytune::UsageError& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
  return 0;
}
