#include "sys/duration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pytune {

std::string duration_text(double minutes) {
  const long seconds = std::lround(std::max(0.0, minutes) * 60);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace pytune
