// Compilers of a system that was unpacked in a folder, made to run on this machine without a
// container: each of their programs is started by that system's own dynamic loader, with its own
// libraries, while what they compile is compiled against this machine's headers and libraries.
//
// A launcher is a script of a few lines in the place of the program, for compilers find each other
// by where they are: gcc starts the cc1, as and ld that lie beside it, and clang itself once more.
// It holds no absolute path, so that the folder can be moved or be mounted elsewhere.
#pragma once

#include <filesystem>
#include <string>

namespace pytune {

// Below a root with launchers: links to its compilers and their tools by the names that Debian
// gives them, such as "gcc-14" and "llvm-profdata-22", and nothing else. Made to come first on
// PATH.
inline constexpr const char* kProgramsFolder = "programs";

// Makes launchers of all programs of compilers in `root`. Throws Failure when the loader of that
// system cannot start programs under their own names (glibc before 2.33).
void make_launchers(const std::filesystem::path& root);

// The file whose bytes decide what a program does: what a launcher starts, else the program itself,
// links resolved. Empty where there is none.
std::filesystem::path program_behind(const std::filesystem::path& program);

}  // namespace pytune
