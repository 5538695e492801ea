// pyperf, unmodified from PyPI, pinned by version and hash, kept unpacked in the store.
#pragma once

#include <filesystem>

#include "store/store.h"
#include "sys/process.h"

namespace pytune {

inline constexpr const char* kPyperfVersion = "2.10.0";
inline constexpr const char* kPyperfSha256 =
    "79196bc4a11e3c926dd4c6b14c80136c6b37f884fe913cbc57037f37636e9841";

// Directory to put on PYTHONPATH. Taken from the store; else from `wheel` when given (--pyperf
// FILE); else downloaded by pip: the pip wheel that CPython's own source tree bundles
// (Lib/ensurepip/_bundled), run by `python`; `python -m pip` when `source_tree` is empty or bundles
// none. The wheel's hash is checked before anything in it is unpacked, and entries that would leave
// the directory are refused. Throws Failure.
std::filesystem::path provide_pyperf(Store& store, ProcessRunner& runner,
                                     const std::filesystem::path& source_tree,
                                     const std::string& python, const std::filesystem::path& wheel);

}  // namespace pytune
