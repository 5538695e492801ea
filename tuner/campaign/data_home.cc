#include "campaign/data_home.h"

#include <fmt/format.h>

#include <cstdlib>

#include "sys/error.h"

namespace pytune {

std::filesystem::path data_home() {
  const char* chosen = std::getenv("PYTUNE_HOME");
  for (const std::filesystem::path& candidate :
       {std::filesystem::path(chosen != nullptr ? chosen : ""),
        std::filesystem::path(PYTUNE_SOURCE_DIR), std::filesystem::path(PYTUNE_DATA_DIR)}) {
    if (!candidate.empty() && std::filesystem::exists(candidate / "profiles" / "workloads"))
      return std::filesystem::canonical(candidate);
  }
  throw Failure(
      fmt::format("pytune's data (builds/, profiles/) is neither in {} nor in {}; set PYTUNE_HOME "
                  "to the checkout",
                  PYTUNE_SOURCE_DIR, PYTUNE_DATA_DIR));
}

std::filesystem::path emulator_plugin() {
  constexpr const char* kName = "libpytune_counts.so";
  const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / kName;
  const auto installed = std::filesystem::path(PYTUNE_PLUGIN_DIR) / kName;
  for (const auto& candidate : {beside, installed})
    if (std::filesystem::exists(candidate)) return candidate;
  throw Failure(fmt::format("pytune's plugin for QEMU is neither {} nor {}; build it anew",
                            beside.string(), installed.string()));
}

}  // namespace pytune
