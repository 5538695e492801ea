// A 64-bit little-endian ELF program or library as its tables describe it, every range checked
// once, here. Views point into the bytes it was read from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "binary/elf_versions.h"

namespace pytune {

enum class Machine { x86_64, aarch64 };

struct ImageSection {
  std::string_view name;
  std::uint32_t type = 0;   // SHT_*
  std::uint64_t flags = 0;  // SHF_*
  std::uint64_t address = 0;
  std::string_view bytes;  // empty: none in the file
};

struct ImageSegment {
  std::uint32_t type = 0;   // PT_*
  std::uint32_t flags = 0;  // PF_*
  std::uint64_t address = 0;
  std::uint64_t memory_size = 0;
  std::uint64_t align = 0;
  std::string_view bytes;
};

struct ImageSymbol {
  std::string_view name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint8_t type = 0;  // STT_*
  bool defined = false;
};

struct DynamicEntry {
  std::int64_t tag = 0;  // DT_*
  std::uint64_t value = 0;
};

struct Image {
  Machine machine = Machine::x86_64;
  bool position_independent = false;  // ET_DYN
  std::vector<ImageSection> sections;
  std::vector<ImageSegment> segments;
  std::vector<ImageSymbol> symbols;          // .symtab; empty: stripped
  std::vector<ImageSymbol> dynamic_symbols;  // .dynsym
  std::vector<DynamicEntry> dynamic;
  ElfFacts needs;

  const ImageSection* section(std::string_view name) const;
  const ImageSegment* segment(std::uint32_t type) const;
  // The bytes loaded at an address up to the end of their segment; empty when there are none.
  std::string_view loaded_at(std::uint64_t address) const;
};

// What the code is in: sections with SHF_EXECINSTR, or executable segments of a file without
// section headers. Of parts that lie over each other only the first; so no byte comes twice.
std::vector<ImageSection> executable_parts(const Image& image);

struct ImageNote {
  std::string_view owner;
  std::uint32_t type = 0;
  std::string_view description;
};

// The notes of a section or segment whose entries are padded to `align` bytes.
std::vector<ImageNote> parse_notes(std::string_view bytes, std::uint64_t align);

// The NUL-terminated text at `offset`; at most 4096 bytes of it, and nothing outside the table.
std::string_view text_at(std::string_view table, std::uint64_t offset);

// A little-endian number; `offset` + its size must lie within `bytes`.
std::uint32_t word_at(std::string_view bytes, std::size_t offset);

// "aarch64", "riscv64", "i386", ...: the machine of any ELF file; empty for other bytes.
std::string elf_machine(std::string_view bytes);

// Throws UsageError "`name`: ..." for what is no program or library of the two architectures, and
// Failure when it is one, but cut off or damaged.
Image read_image(std::string_view bytes, const std::string& name);

}  // namespace pytune
