// Which function the code at a place of a program file belongs to, by LLVM's ELF reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

struct CodeSymbol {
  std::uint64_t offset = 0;  // in the file, of its first byte
  std::uint64_t size = 0;
  std::string name;
};

// The functions of the symbol table, else of the dynamic one, in order of their offsets; one for
// each offset. Empty for a file that is no ELF object or has been stripped. Throws Failure when it
// cannot be read or is a damaged ELF.
std::vector<CodeSymbol> code_symbols(const std::filesystem::path& file);

// The one that `offset` is in; null: none.
const CodeSymbol* find_symbol(const std::vector<CodeSymbol>& symbols, std::uint64_t offset);

}  // namespace pytune
