// make's output holds whatever compilers and CPython's scripts print.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "build/compile_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string log(reinterpret_cast<const char*>(data), size);
  if (const auto effective = pytune::effective_flags(log, "Python/ceval.c")) {
    // What is in effect cannot miss anything of itself.
    if (!pytune::flag_mismatches(*effective, effective->flags).empty()) std::abort();
    for (const auto& flag : effective->flags) {
      if (flag.empty() || flag.front() != '-') std::abort();
    }
  }
  return 0;
}
