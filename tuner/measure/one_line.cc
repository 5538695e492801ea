#include "measure/one_line.h"

#include <cstdint>

namespace pytune::measure {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Length of the well-formed UTF-8 sequence at `i`, or 0. Table 3-7 of the Unicode standard.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) {
    return 0;
  }
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  const unsigned second = byte_at(text, i + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

// C0 and DEL, and the C1 controls (U+0080..U+009F), which some terminals obey.
bool is_control(std::string_view character) {
  const unsigned lead = byte_at(character, 0);
  return lead < 0x20 || lead == 0x7F || (lead == 0xC2 && byte_at(character, 1) < 0xA0);
}

}  // namespace

std::string one_line(std::string_view text, std::size_t longest) {
  constexpr std::string_view kEllipsis = "...";
  std::string line;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const std::string_view character = length == 0 ? "?" : text.substr(i, length);
    i += length == 0 ? 1 : length;
    if (character == " " || is_control(character)) {
      gap = !line.empty();
      continue;
    }
    const std::size_t wanted = line.size() + (gap ? 1 : 0) + character.size();
    if (wanted + kEllipsis.size() > longest) {
      return line.append(kEllipsis);
    }
    line.append(gap ? " " : "").append(character);
    gap = false;
  }
  return line;
}

std::string last_line(std::string_view output, std::size_t longest) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t end = output.find_last_not_of(kBlank);
  if (end == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = output.substr(0, end + 1);
  const std::size_t newline = rest.find_last_of('\n');
  return one_line(newline == std::string_view::npos ? rest : rest.substr(newline + 1), longest);
}

}  // namespace pytune::measure
