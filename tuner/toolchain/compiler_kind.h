// What a compiler is, by what it does: the macros that it predefines. Names and banners are
// whatever a vendor likes: armclang's does not say clang, cc is either, a script is neither.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/configuration.h"

namespace pytune {

// Has a compiler list its predefined macros for this file. It ends in ".c", and its language is not
// said: c++ takes that for C++, as it would every file of CPython.
inline std::vector<std::string> list_macros(const std::string& c_file) {
  return {"-dM", "-E", c_file};
}

struct CompilerKind {
  CompilerFamily family = CompilerFamily::gcc;  // whose options it has
  std::string version;                          // of that family: "12.2.0"
  std::string architecture;                     // "x86_64", "aarch64"; empty: neither
  std::vector<std::string> words;               // that make it keep to CPython's arithmetic
  std::string refusal;                          // why nothing is built with it; empty: it will do
};

// `macros`: what list_macros() had it print; any text may come.
CompilerKind compiler_kind(std::string_view macros);

}  // namespace pytune
