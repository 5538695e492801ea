// What CPython is cross-built against, and what a program of that sysroot needs when it runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "source/debian_root.h"

namespace pytune {

// What CPython and all its optional modules are built against, on `suite`'s libraries. Throws
// UsageError for an unknown suite.
DebianRootRequest sysroot_request(const std::string& suite, const std::string& architecture,
                                  const std::string& mirror);

// clang's runtime libraries for `architecture`, of the release's own clang of this major version;
// nothing when the release has no such clang.
std::optional<DebianRootRequest> clang_runtime_request(const std::string& suite,
                                                       const std::string& architecture,
                                                       const std::string& clang_major,
                                                       const std::string& mirror);

// Of a root that was made for sysroot_request: the packages that programs need when they run, and
// none that they are compiled with. Nothing for a directory that is no root of this store.
std::optional<DebianRootRequest> runtime_request(const Store& store,
                                                 const std::filesystem::path& sysroot);

// What an interpreter for `architecture` needs that llvm-bolt of this version counts in; from the
// newest release where that of `suite` has another. Throws UsageError.
DebianRootRequest bolt_runtime_request(const std::string& suite, const std::string& architecture,
                                       const std::string& bolt_major, const std::string& mirror);

// Headers and libraries that a sysroot lacks for CPython with all its optional modules, each as
// "libffi: no usr/include/ffi.h; add the package libffi-dev". Takes any directory, also one that
// pytune did not make. `triple` is "aarch64-linux-gnu".
std::vector<std::string> missing_in_sysroot(const std::filesystem::path& root,
                                            const std::string& triple);

}  // namespace pytune
