// `pytune patches verify`: its options, and what is done by them.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace pytune {

// Those that go with verify alone.
std::vector<OptionLine> verify_options();

// Returns the exit status: 0 nothing failed, 1 something did.
int verify_patches(const Options& options);

}  // namespace pytune
