// Files that people name: definitions, suites, manifests, results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pytune {

// Far more than anybody writes by hand, and than what makes such files for many workloads.
inline constexpr std::uintmax_t kLargestWritten = std::uintmax_t{16} << 20;

// Whatever is larger throws UsageError: it may be a hole of any size, or a device without end. So
// does what is not there, a directory, and a pipe that nobody writes into. What cannot be read
// throws Failure.
std::string read_small_file(const std::filesystem::path& path,
                            std::uintmax_t most = kLargestWritten);

// Of a file that cannot be found, in one line with its name, why: "x: no such file", or that it is
// a URL (shown without its password), a link to nowhere, or in a directory that may not be entered;
// of what is there, that it is a directory or no ordinary file.
std::string absence_of(const std::filesystem::path& file);

}  // namespace pytune
