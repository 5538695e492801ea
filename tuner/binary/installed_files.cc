#include "binary/installed_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "binary/image.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// bin, prefix, and what /usr or /usr/local is below: as far up as a root directory can be.
constexpr int kLevels = 4;

std::vector<fs::path> directories_above(const fs::path& program) {
  std::error_code problem;
  fs::path directory = fs::canonical(program, problem).parent_path();
  std::vector<fs::path> above;
  for (int i = 0; i < kLevels && !directory.empty(); ++i) {
    above.push_back(directory);
    if (directory == directory.parent_path()) break;
    directory = directory.parent_path();
  }
  return above;
}

bool is_for(const fs::path& file, const std::string& machine) {
  std::error_code problem;
  if (!fs::is_regular_file(file, problem)) return false;
  std::string start(64, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return elf_machine(start) == machine;
}

}  // namespace

std::optional<fs::path> find_library(const fs::path& program, const std::string& needed,
                                     const std::vector<std::string>& run_paths,
                                     const std::string& machine) {
  const auto above = directories_above(program);
  if (above.empty() || needed.empty() || needed.find('/') != std::string::npos) return std::nullopt;
  std::vector<fs::path> folders;
  for (const auto& run_path : run_paths) {
    for (const std::string_view origin : {"$ORIGIN", "${ORIGIN}"})
      if (run_path.starts_with(origin))
        folders.push_back(above.front() / ("." + run_path.substr(origin.size())));
    if (run_path.starts_with('/'))
      for (const auto& root : above) folders.push_back(root / run_path.substr(1));
    if (run_path.starts_with('/')) folders.emplace_back(run_path);
  }
  for (const auto& root : above)
    for (const auto& folder :
         {std::string("lib"), std::string("lib64"), fmt::format("lib/{}-linux-gnu", machine)})
      folders.push_back(root / folder);
  for (const auto& folder : folders)
    if (is_for(folder / needed, machine)) return (folder / needed).lexically_normal();
  return std::nullopt;
}

std::optional<fs::path> find_sysconfig_data(const fs::path& program, const std::string& version,
                                            const std::string& machine) {
  std::error_code problem;
  for (const auto& root : directories_above(program)) {
    std::vector<fs::path> found;
    for (const auto& folder : fs::directory_iterator(root / "lib", problem)) {
      const std::string name = folder.path().filename().string();
      const bool fits = version.empty() ? name.starts_with("python3.") || name.starts_with("pypy3")
                                        : name == "python" + version || name == "pypy" + version;
      if (!fits) continue;
      for (const auto& file : fs::directory_iterator(folder.path(), problem)) {
        const std::string data = file.path().filename().string();
        if (data.starts_with("_sysconfigdata") && data.ends_with(".py"))
          found.push_back(file.path());
      }
    }
    if (found.empty()) continue;
    // Debian's multi-architecture folders hold one for each, named after the triplet.
    std::sort(found.begin(), found.end());
    for (const auto& file : found)
      if (file.filename().string().find(machine) != std::string::npos) return file;
    return found.back();
  }
  return std::nullopt;
}

}  // namespace pytune
