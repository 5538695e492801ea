// Suites are written by people, and their workloads are run: none may lie outside the suite's
// folder.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "sys/error.h"
#include "sys/files.h"
#include "workload/suite.h"

namespace {

// A file for each run: load_suite takes a path, for the folder of the workloads is the file's.
const std::filesystem::path& folder() {
  static const pytune::TemporaryDirectory directory(std::filesystem::temp_directory_path(),
                                                    "pytune-suite-fuzz");
  static const std::filesystem::path path = [] {
    pytune::write_file_atomic(directory.path() / "a.py", "");
    return std::filesystem::canonical(directory.path());
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::filesystem::path manifest = folder() / "suite.json";
  std::ofstream(manifest, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto workloads = pytune::load_suite(manifest);
    if (workloads.empty()) std::abort();
    for (const auto& workload : workloads) {
      if (workload.script != (folder() / "a.py").string() && workload.script != manifest.string())
        std::abort();
      for (const auto& file : workload.build) {
        if (file != (folder() / "a.py").string() && file != manifest.string()) std::abort();
      }
    }
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
