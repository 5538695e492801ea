// Whether this machine has the huge pages that variables of the environment ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/process.h"

namespace pytune {

// The kernel's pool for mmap(MAP_HUGETLB), of the size that is its default.
struct HugePagePool {
  std::uint64_t page_bytes = 0;  // 0: the kernel has none
  std::uint64_t pages = 0;       // reserved, and those that may be added when asked for
};

// Of the text of /proc/meminfo and of /proc/sys/vm/nr_overcommit_hugepages.
HugePagePool parse_huge_pages(std::string_view meminfo, std::string_view overcommit);
HugePagePool huge_pages_here();

// Why a variable that asks for pages of the pool has no effect: both the C library and CPython take
// ordinary pages then, without a word. Nothing where none asks, or it gets them.
std::optional<std::string> without_huge_pages(const Environment& variables,
                                              const HugePagePool& pool);

}  // namespace pytune
