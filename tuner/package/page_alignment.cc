#include "package/page_alignment.h"

#include <fmt/format.h>

#include "sys/error.h"

namespace pytune {

void require_64k_pages(const std::map<std::string, ElfFacts>& binaries) {
  constexpr std::size_t kMostNamed = 5;
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, facts] : binaries) {
    if (facts.machine != "aarch64" || facts.pages_64k) continue;
    if (count++ < kMostNamed)
      names +=
          fmt::format("{}{} ({} KiB)", names.empty() ? "" : ", ", name, facts.segment_align / 1024);
  }
  if (count == 0) return;
  if (count > kMostNamed) names += fmt::format(" and {} more", count - kMostNamed);
  throw Failure(fmt::format(
      "kernels with pages of 64 KiB cannot load {}; link with -Wl,-z,max-page-size=65536", names));
}

}  // namespace pytune
