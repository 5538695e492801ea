// Unpacking an archive that anybody may have made. Whatever the archive says, only directories,
// regular files and links that stay inside are made; owners, extended attributes and set-id bits
// are dropped, of a mode the executable bit alone is kept; times are kept, since CPython's makefile
// compares them. A file never replaces a directory, and nothing is written through a link.
//
// All functions throw UsageError for a bad archive, in one line that begins with `shown`, and
// Failure when the disk refuses; the caller then clears what stands in or beside the directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pytune {

// May a symbolic link at `name` (relative to the tree, plain parts only) point to `target`? Only
// with all its ".." in front and not more of them than directories above it: then it cannot leave
// the tree, whatever other links it passes.
bool link_stays_inside(std::string_view name, std::string_view target);

// Nothing sparse is taken, nothing that lies more than 100 directories deep, and no archive that
// unpacks to more than 64 MiB and 100 times its size: sources and programs shrink to a tenth.
struct UnpackLimits {
  std::uint64_t bytes = std::uint64_t{4} << 30;        // unpacked; CPython takes 0.12 GiB
  std::uint64_t file_bytes = std::uint64_t{64} << 20;  // of one file; CPython's largest has 6 MiB
  std::size_t entries = 20'000;                        // CPython has about 5200
  std::string what = "CPython";                        // that it ought to be, for messages
};

struct Unpacked {
  int files = 0;
  int directories = 0;
  int links = 0;
};

// Unpacks a tarball (plain, xz, gzip, bzip2 or zstd) as the new directory `into`, whose parent
// exists. A single top-level directory is stripped. The compressed file is read to its own end,
// behind the end of the tar.
void unpack_source(const std::filesystem::path& archive, const std::filesystem::path& into,
                   const std::string& shown, const UnpackLimits& limits = {});

// What unpack_source() would make of the files called `names`, without unpacking anything: of each
// that is there the beginning, at most kMostRead + 1 bytes. Reads to the end as well, so a damaged
// archive is told.
inline constexpr std::size_t kMostRead = 65536;
std::map<std::string, std::string> read_from_source(const std::filesystem::path& archive,
                                                    const std::vector<std::string>& names,
                                                    const std::string& shown,
                                                    const UnpackLimits& limits = {});

// Unpacks `tarballs`, which hold parts of one system's root directory (each with the name its
// messages begin with), as the new directory `into`. As above, but: no top-level directory is
// stripped; /bin, /sbin and /lib* are links to the directories of that name below /usr, whichever
// way the system that the files are from has it (Debian 12's packages have them apart, 13's do
// not); and a link to an absolute path, or above the root, means the root that it is unpacked in:
// it is made a relative one. Limits are for all of them together.
void unpack_root(const std::vector<std::pair<std::filesystem::path, std::string>>& tarballs,
                 const std::filesystem::path& into, const UnpackLimits& limits = {});

// Unpacks a package of ours into the existing directory `into`, the way a careful user would: hard
// links, and a name that comes twice, are refused too.
Unpacked unpack_package(const std::filesystem::path& archive, const std::filesystem::path& into,
                        const std::string& shown);

// Unpacks a wheel, which is a zip file, into the existing directory `into`: links, and a name that
// comes twice, are refused too. A wheel may hold 64 MiB in 10,000 entries.
Unpacked unpack_wheel(const std::filesystem::path& wheel, const std::filesystem::path& into,
                      const std::string& shown);

}  // namespace pytune
