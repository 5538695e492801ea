// Unpacking a wheel, which is a zip file.
#pragma once

#include <cstddef>
#include <filesystem>

namespace pytune::measure {

// Unpacks every entry of `archive` below the existing, empty `directory` and returns how many files
// there were. Refuses absolute names, "..", links and special files, a name given twice, and more
// than 10,000 entries or 64 MiB. Throws Failure with the archive's and the entry's name; what was
// unpacked until then stays behind.
std::size_t unzip(const std::filesystem::path& archive, const std::filesystem::path& directory);

}  // namespace pytune::measure
