// `pytune patches verify`.
#pragma once

#include "cli/verb.h"

namespace pytune {

void add_verify_options(po::options_description& options);

// The options that no other word of `patches` takes and that were given nevertheless; empty: none.
std::string verify_option_among(const po::variables_map& options);

int verify_patches(const po::variables_map& options);

}  // namespace pytune
