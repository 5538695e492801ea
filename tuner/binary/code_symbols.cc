#include "binary/code_symbols.h"

#include <fmt/format.h>
#include <llvm/Object/ELF.h>

#include <algorithm>
#include <optional>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

using Elf = llvm::object::ELF64LE;
using Segments = llvm::ArrayRef<Elf::Phdr>;

template <class Result>
auto checked(llvm::Expected<Result> result, const std::string& name) {
  if (!result)
    throw Failure(
        fmt::format("{}: damaged ELF file: {}", name, llvm::toString(result.takeError())));
  return std::move(*result);
}

// Where in the file the byte at this address is loaded from; nothing: from nowhere.
std::optional<std::uint64_t> file_offset(Segments segments, std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == llvm::ELF::PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return address - segment.p_vaddr + segment.p_offset;
  return std::nullopt;
}

// By LLVM's lower layer: ELFObjectFile's symbols end the program when the file is damaged.
std::vector<CodeSymbol> functions_of(const llvm::object::ELFFile<Elf>& file, unsigned table_type,
                                     const std::string& name) {
  std::vector<CodeSymbol> functions;
  const auto segments = checked(file.program_headers(), name);
  for (const Elf::Shdr& table : checked(file.sections(), name)) {
    if (table.sh_type != table_type) continue;
    const auto names = checked(file.getStringTableForSymtab(table), name);
    for (const Elf::Sym& symbol : checked(file.symbols(&table), name)) {
      if (symbol.getType() != llvm::ELF::STT_FUNC || symbol.st_size == 0) continue;
      if (const auto offset = file_offset(segments, symbol.st_value))
        functions.push_back({*offset, symbol.st_size, checked(symbol.getName(names), name).str()});
    }
  }
  return functions;
}

}  // namespace

std::vector<CodeSymbol> code_symbols(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (!bytes.starts_with("\177ELF")) return {};
  const std::string name = file.string();
  const auto elf = checked(llvm::object::ELFFile<Elf>::create(bytes), name);
  const unsigned char wanted[] = {llvm::ELF::ELFCLASS64, llvm::ELF::ELFDATA2LSB};
  if (!std::equal(std::begin(wanted), std::end(wanted),
                  elf.getHeader().e_ident + llvm::ELF::EI_CLASS))
    throw Failure(fmt::format("{}: not a 64-bit little-endian ELF file", name));
  std::vector<CodeSymbol> functions = functions_of(elf, llvm::ELF::SHT_SYMTAB, name);
  if (functions.empty()) functions = functions_of(elf, llvm::ELF::SHT_DYNSYM, name);
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  functions.erase(std::unique(functions.begin(), functions.end(),
                              [](const auto& a, const auto& b) { return a.offset == b.offset; }),
                  functions.end());
  return functions;
}

const CodeSymbol* find_symbol(const std::vector<CodeSymbol>& symbols, std::uint64_t offset) {
  const auto after =
      std::upper_bound(symbols.begin(), symbols.end(), offset,
                       [](std::uint64_t value, const auto& s) { return value < s.offset; });
  if (after == symbols.begin()) return nullptr;
  const CodeSymbol& before = *(after - 1);
  return offset - before.offset < before.size ? &before : nullptr;
}

}  // namespace pytune
