// What CPython's test runner, the differential program and a micro-benchmark print, from an
// interpreter that may be broken: read without a crash, and what comes out can be shown and
// recorded.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "conformance/test_names.h"
#include "input/text.h"
#include "sys/error.h"
#include "verify/differential.h"
#include "verify/micro_benchmarks.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_one_line(const std::string& text) { return pytune::printable(text, 1000) == text; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outcome = pytune::parse_test_output(text);
  require(outcome.ran >= 0);
  for (const auto& name : outcome.failed)
    require(!name.empty() && name.size() <= 300 && is_one_line(name));
  try {
    for (const auto& name : pytune::parse_test_list(text))
      require(name.front() != '-' && name.find('/') == std::string::npos && is_one_line(name));
  } catch (const pytune::Failure& failure) {
    require(is_one_line(failure.what()));
  }
  try {
    for (const auto& one : pytune::parse_digests(text, "x"))
      require(one.inputs >= 0 && one.digest.size() == 64 && is_one_line(one.area));
  } catch (const pytune::Failure& failure) {
    require(is_one_line(failure.what()));
  }
  try {
    for (const auto& name : pytune::parse_statement_names(text, "x"))
      require(!name.empty() && name.size() <= 100 && is_one_line(name));
  } catch (const pytune::Failure& failure) {
    require(is_one_line(failure.what()));
  }
  return 0;
}
