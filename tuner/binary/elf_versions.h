// What a dynamic ELF file asks of the system it is to run on: libraries, symbol versions, search
// paths.
//
// Read here and not with readelf, so that packaging needs no tool that the packaged build did not
// need. The bytes may be anything: every offset is checked, and what does not fit is "not ELF".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "input/record.h"

namespace pytune {

struct ElfFacts {
  std::string machine;              // "x86_64", "aarch64"; empty: another
  std::string loader;               // PT_INTERP: "/lib64/ld-linux-x86-64.so.2"; empty: none
  std::vector<std::string> needed;  // DT_NEEDED, in order
  std::string soname;
  std::vector<std::string> run_paths;  // DT_RPATH and DT_RUNPATH, split at colons
  // How the loader takes them: DT_RPATH for this file's needs and those of what it loads;
  // DT_RUNPATH for its own alone, and where that is there, DT_RPATH is ignored (ld.so(8)).
  std::vector<std::string> inherited_run_paths;
  std::vector<std::string> own_run_paths;
  std::map<std::string, std::set<std::string>> versions;  // "libc.so.6" -> {"GLIBC_2.34", ...}
  bool text_relocations = false;
  bool executable_stack = false;
  bool writable_code = false;  // a segment that is loaded is both writable and executable
  // Declared by .note.gnu.property: "BTI", "PAC", "GCS", "IBT", "SHSTK". What a program is
  // protected by is what all files that it loads declare.
  std::vector<std::string> branch_protection;
  std::string declared_isa;         // x86: the level the linker was told, "x86-64-v2"
  std::uint64_t segment_align = 0;  // the smallest of the loaded segments, bytes
  bool pages_64k = false;           // no two loaded segments share a page of 64 KiB
};

// Executables and shared libraries, 64-bit little-endian (x86-64 and AArch64). Nothing for any
// other file.
std::optional<ElfFacts> read_elf(std::string_view bytes);

// The newest "GLIBC_x.y" of all, as "x.y", those included that a release first had under a name,
// such as GLIBC_ABI_DT_RELR; empty when none is asked for.
std::string newest_glibc(const std::vector<ElfFacts>& files);

// Names of versions that no release of glibc stands for, sorted: "GLIBC_ABI_..." that are newer
// than this pytune, and GLIBC_PRIVATE, which each build of glibc means in its own way.
std::vector<std::string> unknown_glibc_names(const std::vector<ElfFacts>& files);

// none: linked statically, or against no C library.
enum class Libc { none, glibc, musl, bionic, uclibc };
template <>
struct EnumNames<Libc> {
  static constexpr std::array names = {
      std::pair{Libc::none, "none"}, std::pair{Libc::glibc, "glibc"}, std::pair{Libc::musl, "musl"},
      std::pair{Libc::bionic, "bionic"}, std::pair{Libc::uclibc, "uClibc"}};
};
Libc libc_of(const ElfFacts& file);

}  // namespace pytune
