// Which files a program consists of when it runs: what the dynamic linker loads for it, found
// without running it, for files of another architecture, or of a folder unpacked somewhere.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "binary/elf_versions.h"

namespace pytune {

struct LoadedObject {
  std::filesystem::path path;
  std::string
      needed_as;  // as DT_NEEDED has it, `$ORIGIN/../lib/libx.so`; empty: not needed by name
  ElfFacts facts;
};

struct LoadedObjects {
  std::vector<LoadedObject> objects;  // in the order they are loaded; first the program
  std::vector<std::string> missing;   // as needed by name; needed, but not found

  // The first whose file name begins so; null when there is none.
  const LoadedObject* named(std::string_view beginning) const;
};

// As ld.so(8), or musl's loader where the program names that, would load them: names with a slash
// as they are (relative to the current directory), others by DT_RPATH of who needs it and who
// loaded that, DT_RUNPATH of who needs it, then the system's folders; $ORIGIN, $LIB and $PLATFORM
// expanded. The system is the outermost directory above the program that has its loader, else /,
// and last each directory above it: what is unpacked there need not be whole. An absolute path is
// looked for below these first. Only files of the program's machine are taken. `modules` are loaded
// after it.
LoadedObjects objects_loaded_by(const std::filesystem::path& program,
                                const std::vector<std::filesystem::path>& modules = {});

}  // namespace pytune
