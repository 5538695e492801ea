// Why a call of the operating system failed, and what to do about it.
#pragma once

#include <filesystem>
#include <string>

namespace pytune {

// "No space left on device; free some space ...": strerror(3), and the remedy where there is one
// that holds whatever was tried. `where`: what was to be read or written; for a missing permission
// it is said whose that is.
std::string system_reason(int error, const std::filesystem::path& where = {});

// "ann", or "uid 1000" where no such user is known.
std::string user_name(unsigned uid);

}  // namespace pytune
