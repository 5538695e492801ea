// Include/patchlevel.h comes out of somebody's archive.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/patchlevel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto level = pytune::parse_patchlevel(text)) {
    // The version goes into file names and reports, so its characters are a promise.
    if (level->version.find_first_not_of("0123456789.abrc+") != std::string::npos) std::abort();
    if (level->major < 0 || level->minor < 0 || level->micro < 0) std::abort();
    if (!level->version.starts_with(level->minor_name() + ".")) std::abort();
  }
  return 0;
}
