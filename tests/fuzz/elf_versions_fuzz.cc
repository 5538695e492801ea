// Any bytes may be called an ELF file or a static library.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "binary/elf_versions.h"
#include "package/static_library.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto facts = pytune::read_elf(bytes)) pytune::newest_glibc({*facts});
  pytune::object_is_private(bytes);
  pytune::static_library_is_private(bytes);
  return 0;
}
