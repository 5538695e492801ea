// The words by which people call a compiler: "gcc-12", "/opt/arm/bin/armclang", "ccache gcc-12",
// "zig cc", "gcc -m64", /usr/lib/ccache/gcc.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

struct CompilerCall {
  std::vector<std::string> words;  // the compiler's name or path, then words that go with each call
  std::string problem;             // why this is none; the words are then not to be used
};

// Launchers (ccache, distcc, ...) are left out: they change no byte of what is compiled, and every
// stage compiles once. Words that a shell would take for more than words are refused, since
// configure and make put them into shell commands.
CompilerCall compiler_call(const std::string& text);

// The compiler that a program on PATH or of this path stands for: where it is a link to a
// launcher, as in /usr/lib/ccache, the next one on PATH that is not. Nothing, with `problem` set or
// empty, where there is none.
std::optional<std::filesystem::path> compiler_program(const std::string& name,
                                                      std::string& problem);

}  // namespace pytune
