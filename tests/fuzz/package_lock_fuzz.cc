// What pip reports is of packages and their index; a lock is a file that may be a user's own.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "interpreter/package_lock.h"
#include "sys/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto files = pytune::read_pip_report(text, "report");
    const auto said = pytune::PackageLock{}.refusal(files);
    if (said) std::abort();
  } catch (const pytune::UsageError& refusal) {
    if (std::string(refusal.what()).find('\n') != std::string::npos) std::abort();
  }
  if (pytune::package_of(text).size() > size) std::abort();
  return 0;
}
