// `pytune doctor --tune` and `--restore`.
#pragma once

#include "cli/verb.h"
#include "measure/machine_tune.h"

namespace pytune {

// Does what the options say and shows every setting. Exit status: 0 all is as asked, 1 not all.
int run_tuning(const po::variables_map& options, MachineTuning& tuning);

}  // namespace pytune
