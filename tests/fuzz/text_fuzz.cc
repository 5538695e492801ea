// Names and messages of others on a terminal, in records, and in what is exported.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "cli/terminal.h"
#include "input/text.h"
#include "measure/emulation.h"
#include "workload/metafile.h"

namespace {

void require_harmless(const std::string& text, bool lines) {
  for (const char c : text) {
    const bool control = (c >= 0 && c < ' ') || c == 0x7f;
    const bool of_lines = lines && (c == '\n' || c == '\t');
    if (control && !of_lines) std::abort();
  }
  for (const char* sequence : {"\u009b", "\u202e", "\u2066", "\u2028"})
    if (text.find(sequence) != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string line = pytune::printable(text, 80);
  require_harmless(line, false);
  if (line.size() > 80 || pytune::printable(line, 200) != line) std::abort();
  const std::string escaped = pytune::escape_controls(text);
  require_harmless(escaped, true);
  if (pytune::escape_controls(escaped) != escaped) std::abort();
  std::ostringstream shown;
  {
    const auto buffer = pytune::escaping_buffer(shown.rdbuf(), false);
    buffer->sputn(text.data(), static_cast<std::streamsize>(size / 2));
    buffer->sputn(text.data() + size / 2, static_cast<std::streamsize>(size - size / 2));
  }
  if (shown.str() != escaped) std::abort();
  const std::size_t half = text.find('\0') == std::string::npos ? size / 2 : text.find('\0');
  static_cast<void>(pytune::emulation_of({text.substr(0, half), text.substr(half), text, text}));
  const pytune::PythonRange range = pytune::python_range(text);
  if (range.oldest_minor < 0 || range.newest_minor < 0 || range.newest_minor > 999) std::abort();
  return 0;
}
