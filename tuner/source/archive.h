// Unpacking a tarball from anybody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pytune {

struct UnpackLimits {
  std::uint64_t bytes = std::uint64_t{4} << 30;  // unpacked; CPython takes 0.12 GiB
  std::size_t entries = 200'000;                 // CPython has about 5200
};

// Unpacks `archive` (tar; plain, xz, gzip, bzip2 or zstd) as the new directory `into`, whose parent
// exists. A single top-level directory is stripped. Only directories, regular files and links that
// stay inside are made; owners, extended attributes and set-id bits are dropped; times are kept,
// since CPython's makefile compares them. The compressed file is read to its own end, behind the
// end of the tar. Throws UsageError for a bad archive, in one line that begins with `shown`, and
// Failure when the disk refuses; the caller then clears what stands beside `into`.
void unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& into,
                    const std::string& shown, const UnpackLimits& limits = {});

}  // namespace pytune
