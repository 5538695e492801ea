// Unpacks a package the way a careful user would.
#pragma once

#include <filesystem>

namespace pytune {

struct Unpacked {
  int files = 0;
  int directories = 0;
  int links = 0;
};

// Unpacks a .tar.zst or .tar.gz into the existing directory `target`. Throws Failure for a damaged
// archive and for any entry that is not a file, a directory or a symbolic link below `target`:
// absolute names, "..", writing through a link, links that lead out, hard links, devices, the same
// name twice.
Unpacked unpack_archive(const std::filesystem::path& file, const std::filesystem::path& target);

}  // namespace pytune
