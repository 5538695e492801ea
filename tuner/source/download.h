// Fetching a URL with the machine's own curl or wget: their proxies, certificates and protocols are
// already set up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sys/process.h"

namespace pytune {

inline constexpr std::uint64_t kLargestArchive = std::uint64_t{1}
                                                 << 30;  // packed; CPython takes 22 MiB

// The URL (http, https or file) as the new file `into`. Throws Failure; `into` may then be left
// half written.
void download(ProcessRunner& runner, const std::string& url, const std::filesystem::path& into);

}  // namespace pytune
