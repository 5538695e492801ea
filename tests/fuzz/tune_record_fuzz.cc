// Root reads this record and writes to the files it names.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "machine/settings.h"
#include "machine/tune_record.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)pytune::setting_value(text);
  try {
    const auto record = pytune::parse_tune_record(text);
    for (const auto& value : record.values)
      if (!pytune::is_machine_setting(value.path)) std::abort();
    if (pytune::parse_tune_record(pytune::tune_record_text(record)).values.size() !=
        record.values.size())
      std::abort();
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
