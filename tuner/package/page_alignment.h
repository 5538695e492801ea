// Whether all files of a package can be loaded by kernels with large pages.
#pragma once

#include <map>
#include <string>

#include "binary/elf_versions.h"

namespace pytune {

// Throws Failure that names the files for AArch64 that are not aligned for pages of 64 KiB:
// servers' kernels have 4, 16 or 64 KiB, and one file stops the whole interpreter, or the import of
// a module. On x86-64 there are no such pages. `binaries` by their names in the package.
void require_64k_pages(const std::map<std::string, ElfFacts>& binaries);

}  // namespace pytune
