// Files that people write: definitions, suites, manifests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pytune {

// Far more than anybody writes by hand, and than what makes such files for many workloads.
inline constexpr std::uintmax_t kLargestWritten = std::uintmax_t{16} << 20;

// What is larger, or no ordinary file, throws UsageError: it may be a hole of any size, or have no
// end.
std::string read_small_file(const std::filesystem::path& path,
                            std::uintmax_t most = kLargestWritten);

}  // namespace pytune
