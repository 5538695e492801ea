#include "cli/console_style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/terminal.h"

namespace pytune {

ConsoleStyle console_style(const Options& options) {
  ConsoleStyle style;
  const char* none = std::getenv("NO_COLOR");
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  style.color = terminal && obeys_sequences() && !options.given("no-color") &&
                (none == nullptr || *none == '\0');
  winsize size = {};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    style.width = size.ws_col;
  return style;
}

}  // namespace pytune
