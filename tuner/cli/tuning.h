// `pytune doctor --tune` and `--restore`.
#pragma once

#include "cli/verb.h"
#include "measure/machine_tune.h"

namespace pytune {

// Does what the options say and shows every setting. Exit status: 0 all is as asked, 1 not all.
// With a command: sets, runs it, puts back however it ended, and gives its exit status.
int run_tuning(const po::variables_map& options, MachineTuning& tuning);

}  // namespace pytune
