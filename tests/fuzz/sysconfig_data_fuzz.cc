// A damaged _sysconfigdata file is refused or read; what was read is written so that it reads the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "binary/sysconfig_data.h"
#include "input/words.h"
#include "package/relocate.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const pytune::Scrubber scrubber({"/made/build"}, "/opt/python");
  pytune::relocatable_script(bytes, "/opt/python", "");
  pytune::relocatable_makefile(bytes, scrubber, "/opt/python", 3);
  pytune::relocatable_python_config(bytes, scrubber);
  try {
    const auto variables = pytune::parse_sysconfig_data(bytes);
    if (pytune::parse_sysconfig_data(pytune::write_sysconfig_data(variables, "/opt/python")) !=
        variables)
      std::abort();
  } catch (const pytune::Failure&) {
  }
  try {
    pytune::parse_sysconfig_json(bytes);
  } catch (const pytune::Failure&) {
  }
  const auto words = pytune::unquoted_words(bytes);
  pytune::compiler_option(words, {"lto"});
  pytune::configure_option(words, "with-lto");
  pytune::compiler_level(words);
  return 0;
}
