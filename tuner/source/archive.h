// Unpacking a tarball from anybody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace pytune {

struct UnpackLimits {
  std::uint64_t bytes = std::uint64_t{4} << 30;  // unpacked; CPython takes 0.12 GiB
  std::size_t entries = 200'000;                 // CPython has about 5200
  std::string what = "CPython";                  // that it ought to be, for messages
};

// Unpacks `archive` (tar; plain, xz, gzip, bzip2 or zstd) as the new directory `into`, whose parent
// exists. A single top-level directory is stripped. Only directories, regular files and links that
// stay inside are made; owners, extended attributes and set-id bits are dropped; times are kept,
// since CPython's makefile compares them. The compressed file is read to its own end, behind the
// end of the tar. Throws UsageError for a bad archive, in one line that begins with `shown`, and
// Failure when the disk refuses; the caller then clears what stands beside `into`.
void unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& into,
                    const std::string& shown, const UnpackLimits& limits = {});

// Unpacks `tarballs`, which hold parts of one system's root directory (each with the name its
// messages begin with), as the new directory `into`. As above, but: no top-level directory is
// stripped; /bin, /sbin and /lib* are links to the directories of that name below /usr, whichever
// way the system that the files are from has it (Debian 12's packages have them apart, 13's do
// not); and a link to an absolute path, or above the root, means the root that it is unpacked in:
// it is made a relative one. Limits are for all of them together.
void unpack_root(const std::vector<std::pair<std::filesystem::path, std::string>>& tarballs,
                 const std::filesystem::path& into, const UnpackLimits& limits = {});

}  // namespace pytune
