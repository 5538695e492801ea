// The machine code of an object file, function by function: to tell whether two compilations made
// the same of a source.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pytune {

// By function, a hash over its instructions and over what the linker is to put into them; code that
// is in no function goes by its section's name. Of a file that is no ELF object: its bytes, under
// an empty name. Throws Failure for one that cannot be read or is damaged.
std::map<std::string, std::string> object_code(const std::filesystem::path& file);

// The names that are in one only, or differ.
std::vector<std::string> differing_code(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after);

}  // namespace pytune
