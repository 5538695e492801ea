#pragma once

#include <string>

namespace pytune {

// "3 min 20 s", "1 h 05 min"
std::string duration_text(double minutes);

}  // namespace pytune
