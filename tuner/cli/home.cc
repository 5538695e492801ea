#include "cli/home.h"

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

}  // namespace pytune
