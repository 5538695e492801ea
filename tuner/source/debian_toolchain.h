// Compilers of other releases of Debian, as requests for packages.
#pragma once

#include <string>
#include <vector>

#include "source/debian_root.h"
#include "store/store.h"

namespace pytune {

struct DebianCompiler {
  std::string name;     // spelled the one way: "debian:13/gcc-14" for "debian:trixie/gcc-14" too
  std::string program;  // "gcc-14"
  std::string major;    // "14"
  bool clang = false;
  DebianRootRequest request;  // without `complete`
};

// The release is named as parse_debian_python() has it, and the compiler with its major version.
// `architecture` is this machine's, by Debian's name. This machine's headers and libraries are used
// and none of the release's, so that what is compiled runs here. Throws UsageError.
DebianCompiler parse_debian_compiler(const std::string& text, const std::string& architecture,
                                     const std::string& mirror);

// Those that the store has, as they were asked for, each once.
std::vector<std::string> stored_debian_compilers(const Store& store);

// Over names, versions and contents of the packages that a compiler works with; not of its C
// library, which changes nothing that it writes.
std::string contents_of(const DebianRoot& toolchain);

}  // namespace pytune
