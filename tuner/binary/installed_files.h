// What an installation has beside an interpreter, found without running it: for files of another
// architecture, or of a root directory unpacked somewhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

// The directories above a program, nearest first, as far up as the root that it was unpacked in can
// be: above the file that a link leads to, above the link, and of a virtual environment's copy
// above its `home` (pyvenv.cfg).
std::vector<std::filesystem::path> directories_above(const std::filesystem::path& program);

struct StandardLibrary {
  std::filesystem::path path;  // ".../lib/python3.13t"
  std::string minor;           // "3.13"
  std::string abi_flags;       // "t"
};
// Of the nearest directory above the program that has any: lib/python3.*, lib64/python3.*,
// lib/pypy3.*.
std::vector<StandardLibrary> standard_libraries(const std::filesystem::path& program);

struct SysconfigWanted {
  std::string minor;      // "3.13"; empty: not known
  std::string abi_flags;  // "t", "d", ...
  std::string machine;    // "aarch64"
  bool musl = false;
};
// The build's variables as its standard library has them: _sysconfigdata*.py, else
// _sysconfig_vars*.json (3.14 and newer). Of another version's library never; of several files, the
// one whose name has the flags, the machine and the C library. Without a known version, the only
// library's.
std::optional<std::filesystem::path> find_sysconfig_data(const std::filesystem::path& program,
                                                         const SysconfigWanted& wanted);

// "3.13.5" by include/python3.13/patchlevel.h, else by build-details.json (PEP 739) in its standard
// library; empty: neither says.
std::string described_version(const std::filesystem::path& program, const std::string& minor);

}  // namespace pytune
