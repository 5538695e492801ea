// A patch, and a source tree, of somebody else: what is read is applied to what it says it is for.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "patches/series.h"
#include "patches/unified_diff.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const pytune::UnifiedDiff diff = pytune::parse_unified_diff(text, "x.patch");
    for (const auto& file : diff.files) {
      // Files are opened and written by these names.
      if (file.path.starts_with("..") || file.path.find("/.") != std::string::npos ||
          file.path.front() == '/' || file.path.find_first_of("\\\n\x1b ") != std::string::npos)
        std::abort();
      if (file.hunks.empty()) std::abort();
      for (const auto& hunk : file.hunks)
        if (hunk.old_lines == hunk.new_lines) std::abort();
    }
    pytune::parse_patch_header(diff.header, "x.patch");
  } catch (const pytune::Failure&) {
  }
  try {
    for (const auto& name : pytune::parse_series(text, "series"))
      if (name.find('/') != std::string::npos || name.size() < 6) std::abort();
  } catch (const pytune::Failure&) {
  }
  return 0;
}
