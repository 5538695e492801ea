// Results come back from files that anyone may have written.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "input/json.h"
#include "report/console.h"
#include "report/export.h"
#include "result/measure_result.h"
#include "result/merged_results.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto document =
        pytune::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
    const auto result = document.get<pytune::MeasureResult>();
    // Whatever is read can be shown, and exported as ratios.
    std::ostringstream out;
    pytune::print_measure(out, result, {});
    for (const char* format : {"csv", "markdown"})
      if (pytune::exported(pytune::export_format(format), result, {}).size() != 1) std::abort();
    static_cast<void>(pytune::merged({{"a", result}, {"b", result}}));
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
