// The log of a failed stage; what is quoted from it goes into JSON and onto terminals.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

#include "build/failure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string log(reinterpret_cast<const char*>(data), size);
  pytune::Outcome outcome;
  outcome.exit_code = 2;
  outcome.timed_out = size > 0 && data[0] == 't';
  const auto failure = pytune::classify_failure("compile", outcome, log, "log");
  if (failure.failure_class.empty() || failure.message.empty() || failure.remedy.empty())
    std::abort();
  if (failure.message.find('\n') != std::string::npos || failure.message.size() > 400) std::abort();
  (void)nlohmann::json(failure).dump();  // throws on what is not UTF-8
  return 0;
}
