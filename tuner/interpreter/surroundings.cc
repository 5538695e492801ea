#include "interpreter/surroundings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "input/text.h"

namespace pytune {
namespace {

// ld.so(8), mallopt(3), the tunables of glibc, the specification of OpenMP, and the allocators' and
// BLAS libraries' own manuals.
constexpr std::array<std::string_view, 19> kBeginnings = {
    "PYTHON",    "PYPY",   "GRAALPY",    "LD_",      "GLIBC_TUNABLES", "MALLOC_", "OMP_",
    "GOMP_",     "KMP_",   "OPENBLAS_",  "MKL_",     "BLIS_",          "ACL_",    "MIMALLOC_",
    "TCMALLOC_", "_RJEM_", "JE_MALLOC_", "NUMEXPR_", "BF16MM_"};

// Of CPython's: they say where files are, or how text is shown, and cost a program nothing.
constexpr std::array<std::string_view, 11> kHarmless = {
    "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",    "PYTHONIOENCODING", "PYTHONNOUSERSITE",
    "PYTHONSTARTUP",           "PYTHONHISTFILE",      "PYTHON_HISTORY",   "PYTHON_COLORS",
    "PYTHON_BASIC_REPL",       "PYTHONPYCACHEPREFIX", "PYTHONBREAKPOINT"};

}  // namespace

std::vector<std::string> withheld_variables(const Environment& ours) {
  std::vector<std::string> names;
  for (const auto& [name, value] : ours) {
    const bool begins = std::any_of(kBeginnings.begin(), kBeginnings.end(),
                                    [&](std::string_view one) { return name.starts_with(one); });
    const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end();
    if (begins && !harmless && !value.empty()) names.push_back(name);
  }
  return names;
}

std::string withheld_note(const Environment& ours) {
  std::vector<std::string> names;
  for (const std::string& name : withheld_variables(ours)) names.push_back(printable(name));
  if (names.empty()) return "";
  return fmt::format(
      "measured without {}, which the environment sets: unset {} if that is meant, else put {} "
      "before "
      "an interpreter: measure \"NAME=VALUE PYTHON\"",
      fmt::join(names, ", "), names.size() == 1 ? "it" : "them", names.size() == 1 ? "it" : "them");
}

}  // namespace pytune
