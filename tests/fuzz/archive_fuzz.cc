// Sources, packages and wheels from anybody: whatever they hold, nothing is written outside of
// where they are unpacked, and nothing has more than its owner's bits. The first byte chooses the
// form.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "input/unpack.h"
#include "sys/error.h"
#include "sys/files.h"

namespace fs = std::filesystem;

namespace {

void unpack(char form, const fs::path& archive, const fs::path& into) {
  if (form % 3 == 0)
    return pytune::unpack_source(archive, into, "a",
                                 {.bytes = 1 << 20, .file_bytes = 1 << 19, .entries = 50});
  fs::create_directory(into);
  if (form % 3 == 1)
    static_cast<void>(pytune::unpack_package(archive, into, "a"));
  else
    static_cast<void>(pytune::unpack_wheel(archive, into, "a"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const pytune::TemporaryDirectory directory(fs::temp_directory_path(), "pytune-archive-fuzz");
  const fs::path archive = directory.path() / "a";
  std::ofstream(archive, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  try {
    unpack(static_cast<char>(data[0] & 0x7f), archive, directory.path() / "out");
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  } catch (const pytune::Failure&) {
  }
  for (const auto& entry : fs::directory_iterator(directory.path())) {
    const auto name = entry.path().filename();
    if (name != "a" && name != "out" && name != "out.raw") std::abort();
  }
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    const auto bits = entry.symlink_status().permissions();
    if (!entry.is_symlink() && (bits & fs::perms(07022)) != fs::perms::none) std::abort();
  }
  return 0;
}
