// What is in a program file: its code, by LLVM's ELF reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

// SHA-256 over names and contents of all executable sections of the files, in order. Equal code
// gives an equal hash whatever paths, flags and times sysconfig embeds elsewhere. A file that is no
// ELF object (a script) counts with all its bytes. Throws Failure when a file cannot be read or is
// a damaged ELF.
std::string code_sha256(const std::vector<std::filesystem::path>& files);

}  // namespace pytune
