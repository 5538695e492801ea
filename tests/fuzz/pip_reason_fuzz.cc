// What pip printed becomes one line of a report: valid, short, and never empty.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "interpreter/pip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pytune::Outcome outcome;
  outcome.exit_code = 1;
  outcome.output.assign(reinterpret_cast<const char*>(data), size);
  for (const bool offline : {false, true}) {
    const std::string reason = pytune::pip_reason(outcome, offline);
    if (reason.empty() || reason.size() > 600 || reason.find('\n') != std::string::npos)
      std::abort();
  }
  return 0;
}
