// Configuring CPython for another machine so that the same interpreter comes of it as there.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "toolchain/toolchain.h"

namespace pytune {

// What a check of CPython's configure would find out by running a program on the target, and what
// it assumes when it cannot.
struct ConfigureAnswer {
  std::string variable;  // "ac_cv_aligned_required"
  std::string value;     // on Linux with glibc, aarch64
  std::string assumed;   // without an answer; "error" where configure stops
  std::string effect;    // of the wrong one
};
const std::vector<ConfigureAnswer>& aarch64_answers();

// Arguments of configure for a cross build: the machines, the answers, computed gotos.
// `build_python` is an interpreter of the same version for this machine: it freezes the modules.
std::vector<std::string> cross_configure_words(const std::string& build_triple,
                                               const std::string& host_triple,
                                               const std::filesystem::path& build_python);

// Variables for configure and make of a cross build: the compiler with the words it needs, the
// tools that belong to it, and pkg-config confined to the sysroot.
std::map<std::string, std::string> cross_variables(const Toolchain& toolchain,
                                                   const CrossTarget& target);

}  // namespace pytune
