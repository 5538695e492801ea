// Laying out text for a terminal: width, wrapping, bars, colour, and figures as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyze/comparison.h"
#include "input/text.h"

namespace pytune {

// Columns a line takes. Counts code points: names and flags are not written in wide or combining
// characters.
std::size_t display_width(std::string_view text);
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

// `text` broken at spaces into lines of at most `width`; a longer word keeps a line of its own.
// Never empty.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// Whether the terminal's locale is UTF-8, by LC_ALL, LC_CTYPE, LANG in POSIX order.
bool terminal_is_utf8();

// A bar of `share` (0 to 1) of `cells` columns, always `cells` wide: eighths of a block, or '#'.
std::string bar(double share, std::size_t cells, bool utf8);

// "1.310x", "1.290-1.330", "+31.0 %"; "?" for what is not a number. The range of what was measured
// too little to have one is "not known".
std::string ratio(double value);
std::string range(const Interval& interval);
std::string percent(double ratio);

// "1.310x faster than" or "0.952x the speed of"; of counts, which are no speed: "1.310x fewer
// instructions than", "1.050x the instructions of".
std::string against(const Interval& speed, bool counted = false);
// "95 % interval 1.290-1.330"
std::string interval_words(const Interval& speed, double confidence);

// "needs about 12 more minutes"; says so when no such time is known.
std::string time_to_tell(double minutes);

enum class Tone { plain, heading, good, bad, caution, faint };

// Text in a tone, when colours are wanted.
std::string paint(std::string_view text, Tone tone, bool color);

}  // namespace pytune
