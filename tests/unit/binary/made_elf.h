// ELF files written byte by byte, for tests and the fuzz target: small, and wrong where wanted.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace pytune::elf_test {

struct MadeSection {
  std::string name = {};
  std::uint32_t type = SHT_PROGBITS;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::string bytes = {};
  std::uint32_t link = 0;  // index of a section; the first added is 1
  std::uint64_t entry_size = 0;
};

struct MadeSegment {
  std::uint32_t type = PT_LOAD;
  std::uint32_t flags = PF_R;
  unsigned section = 0;  // whose bytes it holds; 0: none
  std::uint64_t align = 0x10000;
  std::uint64_t address = 0;  // without a section
};

struct MadeSymbol {
  std::string name = {};
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  unsigned type = STT_FUNC;
  bool defined = true;
};

template <class T>
std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

class MadeElf {
 public:
  std::uint16_t machine = EM_AARCH64;
  std::uint16_t type = ET_DYN;
  std::vector<MadeSection> sections;
  std::vector<MadeSegment> segments;

  // Returns its index.
  unsigned add(MadeSection section) {
    sections.push_back(std::move(section));
    return static_cast<unsigned>(sections.size());
  }

  unsigned add_code(std::string bytes, std::uint64_t address = 0x10000) {
    return add({.name = ".text",
                .flags = SHF_ALLOC | SHF_EXECINSTR,
                .address = address,
                .bytes = std::move(bytes)});
  }

  void add_symbols(const std::vector<MadeSymbol>& symbols, bool dynamic = false) {
    std::string names(1, '\0');
    std::string table(sizeof(Elf64_Sym), '\0');
    for (const auto& symbol : symbols) {
      Elf64_Sym entry = {};
      entry.st_name = static_cast<Elf64_Word>(names.size());
      entry.st_info = static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, symbol.type));
      entry.st_shndx = symbol.defined ? 1 : SHN_UNDEF;
      entry.st_value = symbol.address;
      entry.st_size = symbol.size;
      table += raw(entry);
      names += symbol.name + '\0';
    }
    const unsigned strings =
        add({.name = dynamic ? ".dynstr" : ".strtab", .type = SHT_STRTAB, .bytes = names});
    add({.name = dynamic ? ".dynsym" : ".symtab",
         .type = static_cast<std::uint32_t>(dynamic ? SHT_DYNSYM : SHT_SYMTAB),
         .bytes = table,
         .link = strings,
         .entry_size = sizeof(Elf64_Sym)});
  }

  void add_dynamic(const std::vector<std::pair<std::int64_t, std::uint64_t>>& entries) {
    std::string table;
    for (const auto& [tag, value] : entries) table += raw(Elf64_Dyn{tag, {value}});
    table += raw(Elf64_Dyn{DT_NULL, {0}});
    segments.push_back({.type = PT_DYNAMIC,
                        .section = add({.name = ".dynamic", .type = SHT_DYNAMIC, .bytes = table})});
  }

  void add_note(std::uint32_t note_type, const std::string& description, std::uint64_t align = 4) {
    std::string note = raw(std::uint32_t{4}) + raw(static_cast<std::uint32_t>(description.size())) +
                       raw(note_type) + std::string("GNU\0", 4) + description;
    segments.push_back({.type = PT_NOTE,
                        .section = add({.name = ".note", .type = SHT_NOTE, .bytes = note}),
                        .align = align});
  }

  std::string write(bool with_section_headers = true) const {
    auto all = sections;
    std::string names(1, '\0');
    all.push_back({.name = ".shstrtab", .type = SHT_STRTAB});
    std::vector<Elf64_Shdr> headers(1);
    for (const auto& section : all) {
      Elf64_Shdr header = {};
      header.sh_name = static_cast<Elf64_Word>(names.size());
      names += section.name + '\0';
      headers.push_back(header);
    }
    all.back().bytes = names;

    Elf64_Ehdr start = {};
    std::memcpy(start.e_ident, ELFMAG, SELFMAG);
    start.e_ident[EI_CLASS] = ELFCLASS64;
    start.e_ident[EI_DATA] = ELFDATA2LSB;
    start.e_ident[EI_VERSION] = EV_CURRENT;
    start.e_type = type;
    start.e_machine = machine;
    start.e_version = EV_CURRENT;
    start.e_ehsize = sizeof start;
    start.e_phoff = segments.empty() ? 0 : sizeof start;
    start.e_phentsize = sizeof(Elf64_Phdr);
    start.e_phnum = static_cast<Elf64_Half>(segments.size());

    std::string contents;
    const std::uint64_t contents_at = sizeof start + segments.size() * sizeof(Elf64_Phdr);
    for (std::size_t i = 0; i < all.size(); ++i) {
      contents.resize((contents.size() + 7) / 8 * 8);
      auto& header = headers[i + 1];
      header.sh_type = all[i].type;
      header.sh_flags = all[i].flags;
      header.sh_addr = all[i].address;
      header.sh_offset = contents_at + contents.size();
      header.sh_size = all[i].bytes.size();
      header.sh_link = all[i].link;
      header.sh_entsize = all[i].entry_size;
      header.sh_addralign = 8;
      contents += all[i].bytes;
    }
    std::string program_headers;
    for (const auto& segment : segments) {
      Elf64_Phdr header = {};
      header.p_type = segment.type;
      header.p_flags = segment.flags;
      header.p_align = segment.align;
      header.p_vaddr = segment.address;
      if (segment.section != 0) {
        header.p_offset = headers[segment.section].sh_offset;
        header.p_vaddr = headers[segment.section].sh_addr;
        header.p_filesz = header.p_memsz = headers[segment.section].sh_size;
      }
      program_headers += raw(header);
    }
    contents.resize((contents.size() + 7) / 8 * 8);
    if (with_section_headers) {
      start.e_shoff = contents_at + contents.size();
      start.e_shentsize = sizeof(Elf64_Shdr);
      start.e_shnum = static_cast<Elf64_Half>(headers.size());
      start.e_shstrndx = static_cast<Elf64_Half>(headers.size() - 1);
    }
    std::string file = raw(start) + program_headers + contents;
    if (with_section_headers)
      for (const auto& header : headers) file += raw(header);
    return file;
  }
};

// AArch64 instructions as the words they are.
inline std::string code_words(const std::vector<std::uint32_t>& code) {
  std::string bytes;
  for (const auto word : code) bytes += raw(word);
  return bytes;
}

}  // namespace pytune::elf_test
