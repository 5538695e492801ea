// Systems that were unpacked in a folder, and how programs of one run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

// The folder that holds the system of an interpreter that was unpacked somewhere: the outermost one
// above it with a dynamic loader of Linux, save / itself. Empty: there is none, as of a file of
// this machine's own.
std::filesystem::path root_of(const std::filesystem::path& python);

// The words before a program of that system, for this machine's architecture: the root's dynamic
// loader, told to look for libraries in the root. Throws Failure when there is none.
std::vector<std::string> loader_words(const std::filesystem::path& root);

}  // namespace pytune
