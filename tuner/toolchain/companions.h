// Tools that belong to one compiler: those that understand its objects and profiles.
#pragma once

#include <optional>
#include <string>

#include "toolchain/toolchain.h"

namespace pytune {

// By its name and place: beside the compiler under the same prefix and suffix
// ("x86_64-conda-linux-gnu-cc": x86_64-conda-linux-gnu-gcc-ar), beside the real file, on PATH with
// the version; then what the compiler itself names. `asked` may be empty.
std::optional<std::string> companion(const Toolchain& compiler, const std::string& program,
                                     const NamedBy& asked);

// What reads and changes the compiler's objects: its own where it has one, else binutils of the
// target. `triple` is empty for this machine.
void set_binutils(Toolchain& t, const std::string& triple, const NamedBy& asked);

}  // namespace pytune
