#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "analyze/statistics.h"
#include "input/text.h"

namespace pytune {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return std::string(text).append(taken < width ? width - taken : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return std::string(taken < width ? width - taken : 0, ' ').append(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= width) {
      line.append(" ").append(word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

bool terminal_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::transform(locale.begin(), locale.end(), locale.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

std::string bar(double share, std::size_t cells, bool utf8) {
  static constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const std::size_t steps = utf8 ? kEighths.size() : 1;
  const auto filled =
      static_cast<std::size_t>(std::lround(clamped * static_cast<double>(cells * steps)));
  std::string text;
  for (std::size_t i = 0; i < filled / steps; ++i) text += utf8 ? "█" : "#";
  if (utf8) text += kEighths.at(filled % steps);
  return pad_right(text, cells);
}

std::string ratio(double value) {
  return std::isfinite(value) ? fmt::format("{:.3f}x", value) : "?";
}

std::string range(const Interval& interval) {
  // Rounding may bring a cut one a little below its hundredfold.
  if (interval.estimate > 0 && log_half_width(interval) > 0.999 * kUnknownLog) return "not known";
  const auto end = [](double value) {
    return std::isfinite(value) ? fmt::format("{:.3f}", value) : "?";
  };
  return end(interval.low) + "-" + end(interval.high);
}

std::string percent(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:+.1f} %", (ratio - 1) * 100) : "?";
}

std::string against(const Interval& speed, bool counted) {
  if (counted && speed.estimate < 1) return ratio(1 / speed.estimate) + " the instructions of";
  if (counted) return ratio(speed.estimate) + " fewer instructions than";
  return ratio(speed.estimate) + (speed.estimate >= 1 ? " faster than" : " the speed of");
}

std::string interval_words(const Interval& speed, double confidence) {
  return fmt::format("{:.4g} % interval {}", confidence * 100, range(speed));
}

std::string time_to_tell(double minutes) {
  if (!std::isfinite(minutes) || minutes <= 0) return "needs more rounds, how many is not known";
  const double whole = std::ceil(minutes);
  const std::string hours = whole >= 120 ? fmt::format(" ({:.1f} hours)", whole / 60) : "";
  return fmt::format("needs about {:.0f} more minute{}{}", whole, whole == 1 ? "" : "s", hours);
}

std::string paint(std::string_view text, Tone tone, bool color) {
  if (!color || tone == Tone::plain || text.empty()) return std::string(text);
  const auto code = [tone] {
    switch (tone) {
      case Tone::heading:
        return "1";
      case Tone::good:
        return "32";
      case Tone::bad:
        return "31";
      case Tone::caution:
        return "33";
      case Tone::faint:
        return "2";
      case Tone::plain:
        break;
    }
    return "0";
  }();
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace pytune
