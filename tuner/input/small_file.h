// Files that people write: definitions, suites, manifests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pytune {

// Far more than anybody writes by hand, and than what makes such files for many workloads.
inline constexpr std::uintmax_t kLargestWritten = std::uintmax_t{16} << 20;

// Whatever is larger throws UsageError: it may be a hole of any size, or a device without end. So
// does what is not there or a directory. What cannot be read throws Failure.
std::string read_small_file(const std::filesystem::path& path,
                            std::uintmax_t most = kLargestWritten);

}  // namespace pytune
