// How results are shown where this program's stdout goes.
#pragma once

#include "cli/options.h"
#include "report/console.h"

namespace pytune {

// Colours on a terminal unless --no-color or NO_COLOR says otherwise; the terminal's width.
ConsoleStyle console_style(const Options& options);

}  // namespace pytune
