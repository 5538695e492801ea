// The program header that keeps a program's stacks from being executable, put back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pytune {

// Bytes to write over those at `offset` of a file.
struct HeaderPatch {
  std::uint64_t offset = 0;
  std::string bytes;

  bool operator==(const HeaderPatch&) const = default;
  // The shell command that does it to `file`.
  std::string command(const std::string& file) const;
};

// llvm-bolt needs a program header for its code. With -use-gnu-stack it takes PT_GNU_STACK, without
// which glibc makes the stacks of threads executable; without -use-gnu-stack it moves all headers,
// and GNU strip then writes a program that does not start. This gives PT_GNU_STACK the place of
// PT_PHDR, which ld.so reads of position-independent programs only. Nothing for a program that has
// PT_GNU_STACK, that has no PT_PHDR, or whose address is not fixed.
std::optional<HeaderPatch> stack_header_patch(std::string_view program);

}  // namespace pytune
