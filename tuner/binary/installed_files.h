// What an installation has beside an interpreter, found without running it: for files of another
// architecture, or of a root directory unpacked somewhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

// The library `needed` (a file name) of the program at `program`, as the dynamic linker would find
// it if the directories above the program were its root: its run paths first ($ORIGIN, and absolute
// ones below each of these directories), then lib, lib64 and lib/TRIPLET. Only a file of `machine`
// (elf_machine()) is taken. Nothing: not there.
std::optional<std::filesystem::path> find_library(const std::filesystem::path& program,
                                                  const std::string& needed,
                                                  const std::vector<std::string>& run_paths,
                                                  const std::string& machine);

// The newest _sysconfigdata*.py of the installation that the program is of: lib/python3.* or
// lib/pypy3.* below the directories above it. `version` ("3.13") names the one to take when there
// are several; empty: not known.
std::optional<std::filesystem::path> find_sysconfig_data(const std::filesystem::path& program,
                                                         const std::string& version,
                                                         const std::string& machine);

}  // namespace pytune
