// `pytune doctor --tune` and `--restore`.
#pragma once

#include "cli/options.h"
#include "machine/tune.h"

namespace pytune {

// Does what the options say and shows every setting. Exit status: 0 all is as asked, 1 not all.
// With a command: sets, runs it, puts back however it ended, and gives its exit status.
int run_tune(const Options& options, MachineTuning& tuning);

}  // namespace pytune
