// Any bytes become a text that JSON holds, and come back the same; a document's lone surrogates do
// not lead out of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "input/byte_text.h"
#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = pytune::text_of_bytes(bytes);
  if (!pytune::is_utf8(text) || pytune::bytes_of_text(text) != std::string(bytes)) std::abort();
  try {
    const auto document = pytune::parse_json(bytes);
    if (pytune::parse_json(pytune::dump_json(document))
            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) !=
        document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      std::abort();
  } catch (const pytune::UsageError&) {
  }
  return 0;
}
