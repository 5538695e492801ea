// A compressed result of somebody else: no more comes out than was asked for.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/gzip.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 1 << 20;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const std::string text = pytune::gunzipped(bytes, "x.json.gz", kMost);
    if (text.size() > kMost && text != bytes) std::abort();
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
