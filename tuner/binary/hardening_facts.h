// How programs and libraries are hardened, by their headers and symbols alone,
// and what one has lost against another. `inspect` reads the code as well,
// which takes a hundred times as long.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binary/binary.h"

namespace pytune {

enum class Protection {
  stack,            // PT_GNU_STACK, not executable; without that header glibc makes it
                    // executable
  relro,            // none, partial, full
  pie,              // of a program
  segments,         // none is both writable and executable
  relocations,      // none is in the code
  run_path,         // libraries are looked for in no directory that others may write to
  branches,         // BTI, PAC, IBT, SHSTK in .note.gnu.property
  stack_protector,  // __stack_chk_fail
  fortify,          // __memcpy_chk and the like
};

struct FileHardening {
  bool stack = false;
  Relro relro = Relro::none;
  bool pie = false;
  bool writable_code = false;
  bool text_relocations = false;
  std::vector<std::string> run_paths = {};
  std::vector<std::string> branches = {};
  bool stack_protector = false;
  bool fortify = false;

  std::string text() const;  // one line
};

// By file name below the prefix.
using HardeningFacts = std::map<std::string, FileHardening>;

// Nothing for what is no ELF file of a known machine.
std::optional<FileHardening> hardening_of(std::string_view bytes);

// Of an interpreter, its libpython and its extension modules below `prefix`.
HardeningFacts hardening_below(const std::filesystem::path& prefix);

struct ProtectionLoss {
  Protection protection;
  std::string text;  // "bin/python3.13 has an executable stack"
};

// Of files that both have; stack protector and fortify of all files together,
// since optimization moves single calls.
std::vector<ProtectionLoss> lost_protections(const HardeningFacts& before,
                                             const HardeningFacts& after);

}  // namespace pytune
