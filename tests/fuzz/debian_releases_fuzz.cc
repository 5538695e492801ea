// A Release file of a mirror, and the name of a release as somebody types it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "input/text.h"
#include "source/debian_releases.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (pytune::never_a_release(std::string(text)).empty()) require(pytune::is_plain_name(text));
  const auto file = pytune::parse_release(text);
  if (!file) return 0;
  // Words of sources.list, and of messages.
  require(pytune::is_plain_name(file->codename) && pytune::is_plain_name(file->suite));
  for (const std::string& architecture : file->architectures)
    require(pytune::is_plain_name(architecture));
  const auto suites = pytune::debian_suites({*file, *file});
  require(suites.size() == 1 && pytune::find_suite(suites, file->codename) != nullptr);
  require(pytune::list_of(suites).find('\n') == std::string::npos);
  return 0;
}
