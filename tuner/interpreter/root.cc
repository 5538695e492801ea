#include "interpreter/root.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "sys/error.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct LinuxLoader {
  const char* architecture;
  const char* path;     // of the System V ABI supplement
  const char* triplet;  // of Debian's folders
};
constexpr std::array<LinuxLoader, 2> kLoaders{{
    {"aarch64", "lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu"},
    {"x86_64", "lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"},
}};

}  // namespace

fs::path root_of(const fs::path& python) {
  std::error_code none;
  fs::path root;
  // The outermost: where /lib is a link to /usr/lib, /usr has a loader as well.
  for (fs::path folder = fs::absolute(python).parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    for (const LinuxLoader& loader : kLoaders) {
      const bool this_machines =
          fs::equivalent(folder / loader.path, fs::path("/") / loader.path, none);
      if (fs::exists(folder / loader.path, none) && !this_machines) root = folder;
    }
  }
  return root;
}

std::vector<std::string> loader_words(const fs::path& root) {
  const std::string architecture = host_architecture();
  std::error_code none;
  for (const LinuxLoader& loader : kLoaders) {
    const fs::path program = root / loader.path;
    if (architecture != loader.architecture || !fs::exists(program, none)) continue;
    std::string folders;
    for (const std::string& below :
         {fmt::format("lib/{}", loader.triplet), std::string("lib"),
          fmt::format("usr/lib/{}", loader.triplet), std::string("usr/lib"), std::string("lib64")})
      if (fs::is_directory(root / below, none))
        folders += (folders.empty() ? "" : ":") + (root / below).string();
    return {program.string(), "--library-path", folders};
  }
  throw Failure(fmt::format("{}: has no dynamic loader for {}; is it that architecture's system?",
                            root.string(), architecture));
}

}  // namespace pytune
