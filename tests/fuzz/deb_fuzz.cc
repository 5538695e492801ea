// A Debian package from anybody: whatever it holds, nothing is written outside of its root.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "source/deb.h"
#include "sys/error.h"
#include "sys/files.h"

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pytune::TemporaryDirectory directory(fs::temp_directory_path(), "pytune-deb-fuzz");
  const fs::path package = directory.path() / "a.deb";
  std::ofstream(package, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  fs::create_directory(directory.path() / "scratch");
  pytune::UnpackLimits limits;
  limits.bytes = 1 << 20;
  limits.entries = 100;
  try {
    pytune::unpack_debs({package}, directory.path() / "scratch", directory.path() / "root", limits);
  } catch (const pytune::UsageError&) {
  } catch (const pytune::Failure&) {
  }
  for (const auto& entry : fs::directory_iterator(directory.path())) {
    const auto name = entry.path().filename();
    if (name != "a.deb" && name != "scratch" && name != "root") std::abort();
  }
  return 0;
}
