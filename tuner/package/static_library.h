// Is a static library of use to anyone but the compiler that made it?
//
// With -flto the members of libpython.a may hold nothing but the compiler's own intermediate code
// (gcc's slim objects, clang's bitcode), which only the same compiler version can link.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace pytune {

// Why other people cannot link this object file; nothing when they can.
std::optional<std::string> object_is_private(std::string_view bytes);

// The same for an archive: the reason given by its first such member.
std::optional<std::string> static_library_is_private(std::string_view bytes);

}  // namespace pytune
