// Text in an SVG.
#pragma once

#include <string>
#include <string_view>

namespace pytune {

// On one line, with what XML gives a meaning escaped, and without what it has no way to write: most
// control characters, U+FFFE and U+FFFF.
std::string xml(std::string_view text);

}  // namespace pytune
