#include "binary/stack_header.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>

namespace pytune {
namespace {

template <class T>
std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

std::string HeaderPatch::command(const std::string& file) const {
  std::string octal;
  for (const char byte : bytes) octal += fmt::format("\\{:03o}", static_cast<unsigned char>(byte));
  return fmt::format("printf '{}' | dd of={} bs=1 seek={} conv=notrunc", octal, file, offset);
}

std::optional<HeaderPatch> stack_header_patch(std::string_view program) {
  const auto header = read_at<Elf64_Ehdr>(program, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_EXEC ||
      header->e_phentsize != sizeof(Elf64_Phdr))
    return std::nullopt;
  std::optional<std::uint64_t> spare;
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const std::uint64_t offset = header->e_phoff + i * sizeof(Elf64_Phdr);
    const auto segment = read_at<Elf64_Phdr>(program, offset);
    if (!segment || segment->p_type == PT_GNU_STACK) return std::nullopt;
    if (segment->p_type == PT_PHDR) spare = offset;
  }
  if (!spare) return std::nullopt;
  Elf64_Phdr stack = {};
  stack.p_type = PT_GNU_STACK;
  stack.p_flags = PF_R | PF_W;
  stack.p_align = 16;
  HeaderPatch patch{*spare, std::string(sizeof stack, '\0')};
  std::memcpy(patch.bytes.data(), &stack, sizeof stack);
  return patch;
}

}  // namespace pytune
