// Where functions begin and end: by symbols, and by the table that exceptions are unwound with,
// which stripped files keep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "binary/image.h"

namespace pytune {

struct FunctionRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string_view name;  // empty: not known
  bool ifunc = false;     // STT_GNU_IFUNC: a resolver, which chooses at load time
};

// Sorted by address; no two overlap. What lies between is padding, or code that neither table
// speaks of.
std::vector<FunctionRange> function_ranges(const Image& image);

// Address ranges within code that hold data, by the mapping symbols of AArch64 ($d ... $x; "ELF for
// the Arm 64-bit Architecture", section Mapping symbols). Stripped files have none.
std::vector<std::pair<std::uint64_t, std::uint64_t>> data_in_code(const Image& image);

// "_PyEval_EvalFrameDefault", or "0x4a3f10" for one without a name.
std::string shown_name(const FunctionRange& function);

}  // namespace pytune
