// Include/patchlevel.h: where a CPython tree says which release it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pytune {

struct PatchLevel {
  int major = 0;
  int minor = 0;
  int micro = 0;
  std::string version;  // "3.13.5", "3.14.0rc1+"

  std::string minor_name() const { return std::to_string(major) + "." + std::to_string(minor); }
};

// Nothing when there is no PY_VERSION, when it is not a Python version, or when the numbers beside
// it disagree.
std::optional<PatchLevel> parse_patchlevel(std::string_view text);

}  // namespace pytune
