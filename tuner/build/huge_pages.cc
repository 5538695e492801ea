#include "build/huge_pages.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

// Objects/obmalloc.c of CPython 3.15 takes huge pages only where its arena is a multiple of one.
constexpr std::uint64_t kArenaBytes = std::uint64_t{2} << 20;

std::uint64_t number_in(std::string_view text) {
  text = trim(text);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Not all kernels and containers have these files.
std::string text_of(const char* file) {
  try {
    return read_file(file);
  } catch (const Failure&) {
    return "";
  } catch (const std::filesystem::filesystem_error&) {
    return "";
  }
}

// glibc's manual, "Memory Allocation Tunables": 2 is the default size, more is a size in bytes.
bool asks_glibc_for_pool(const Environment& variables) {
  constexpr std::string_view kTunable = "glibc.malloc.hugetlb=2";
  const auto found = variables.find("GLIBC_TUNABLES");
  if (found == variables.end()) return false;
  const std::size_t at = found->second.find(kTunable);
  if (at == std::string::npos) return false;
  const std::size_t end = at + kTunable.size();
  return end == found->second.size() || found->second[end] == ':';
}

bool asks_pymalloc_for_pool(const Environment& variables) {
  const auto found = variables.find("PYTHON_PYMALLOC_HUGEPAGES");
  return found != variables.end() && !found->second.empty() && found->second != "0";
}

}  // namespace

HugePagePool parse_huge_pages(std::string_view meminfo, std::string_view overcommit) {
  constexpr std::string_view kSize = "Hugepagesize:";
  constexpr std::string_view kTotal = "HugePages_Total:";
  HugePagePool pool;
  for (const std::string_view line : split_lines(meminfo)) {
    if (line.starts_with(kSize)) pool.page_bytes = number_in(line.substr(kSize.size())) << 10;
    if (line.starts_with(kTotal)) pool.pages += number_in(line.substr(kTotal.size()));
  }
  pool.pages += number_in(overcommit);
  return pool;
}

HugePagePool huge_pages_here() {
  return parse_huge_pages(text_of("/proc/meminfo"),
                          text_of("/proc/sys/vm/nr_overcommit_hugepages"));
}

std::optional<std::string> without_huge_pages(const Environment& variables,
                                              const HugePagePool& pool) {
  const bool pymalloc = asks_pymalloc_for_pool(variables);
  if (!pymalloc && !asks_glibc_for_pool(variables)) return std::nullopt;
  const char* name = pymalloc ? "PYTHON_PYMALLOC_HUGEPAGES" : "glibc.malloc.hugetlb=2";
  if (pool.page_bytes == 0)
    return fmt::format("{} has no effect: this kernel has no huge pages", name);
  if (pymalloc && kArenaBytes % pool.page_bytes != 0)
    return fmt::format(
        "{} has no effect: huge pages have {} MiB here, and what pymalloc asks for at once is 2 "
        "MiB; boot with default_hugepagesz=2M where the CPU has it",
        name, pool.page_bytes >> 20);
  if (pool.pages == 0)
    return fmt::format(
        "{} has no effect: no huge pages are reserved here; as root: sysctl vm.nr_hugepages=512",
        name);
  return std::nullopt;
}

}  // namespace pytune
