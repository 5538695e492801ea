#include "report/xml.h"

#include "input/text.h"

namespace pytune {

std::string xml(std::string_view text) {
  std::string line = printable(text);
  for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (std::size_t at = line.find(none); at != std::string::npos; at = line.find(none))
      line.replace(at, none.size(), "?");
  std::string safe;
  for (const char c : line) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace pytune
