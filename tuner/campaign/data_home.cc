#include "campaign/data_home.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "sys/error.h"

namespace pytune {

std::filesystem::path data_home() {
  const auto has_data = [](const std::filesystem::path& place) {
    std::error_code none;
    return std::filesystem::exists(place / "profiles" / "workloads", none);
  };
  if (const char* chosen = std::getenv("PYTUNE_HOME"); chosen != nullptr && *chosen != '\0') {
    if (!has_data(chosen))
      throw UsageError(fmt::format(
          "PYTUNE_HOME: {} has no profiles/workloads: set it to a checkout of pytune, or unset it",
          chosen));
    return std::filesystem::canonical(chosen);
  }
  for (const char* candidate : {PYTUNE_SOURCE_DIR, PYTUNE_DATA_DIR})
    if (has_data(candidate)) return std::filesystem::canonical(candidate);
  throw Failure(
      fmt::format("pytune's data (builds/, profiles/) is neither in {} nor in {}; set PYTUNE_HOME "
                  "to the checkout",
                  PYTUNE_SOURCE_DIR, PYTUNE_DATA_DIR));
}

std::vector<std::string> preset_names(const std::filesystem::path& home) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(home / "builds"))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
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
