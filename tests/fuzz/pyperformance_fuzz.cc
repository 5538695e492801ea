// A manifest of pyperformance's kind names programs that are run: none may lie outside its folder.
// The input is the manifest, a NUL, and the metafile of its one program.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "sys/error.h"
#include "sys/files.h"
#include "workload/pyperformance.h"

namespace {

const std::filesystem::path& folder() {
  static const pytune::TemporaryDirectory directory(std::filesystem::temp_directory_path(),
                                                    "pytune-pyperformance-fuzz");
  static const std::filesystem::path path = [] {
    std::filesystem::create_directories(directory.path() / "bm_a");
    pytune::write_file_atomic(directory.path() / "bm_a" / "run_benchmark.py", "");
    return std::filesystem::canonical(directory.path());
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = std::min(input.find('\0'), input.size());
  std::ofstream(folder() / "MANIFEST", std::ios::binary) << input.substr(0, split);
  std::ofstream(folder() / "bm_a" / "pyproject.toml", std::ios::binary)
      << input.substr(std::min(split + 1, input.size()));
  try {
    const auto suite = pytune::read_pyperformance_manifest(folder() / "MANIFEST", {});
    if (suite.programs.empty()) std::abort();
    for (const auto& program : suite.programs)
      if (!program.script.starts_with(folder().string() + "/")) std::abort();
  } catch (const pytune::UsageError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
