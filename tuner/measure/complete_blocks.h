// Which blocks count where every arm must have as many values as every other.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "measure/sample.h"

namespace pytune {

// The arm's sample of the block; null when it failed or was not run.
const Sample* good_sample(const Block& block, const std::string& arm);

// The arms with a good sample of any block: what failed throughout has nothing to compare.
std::vector<Arm> arms_with_samples(const Measurement& measurement);

// Blocks by their workloads, in the order they were measured. Refers to the measurement.
using BlocksOfWorkloads = std::map<std::string_view, std::vector<const Block*>>;
BlocksOfWorkloads blocks_of_workloads(const Measurement& measurement);

// The blocks of `workload` in which every one of `arms` has a good sample, all of as many values:
// run i of each arm stems from the same block then, so runs stay paired.
std::vector<const Block*> complete_blocks(const BlocksOfWorkloads& blocks,
                                          std::string_view workload, const std::vector<Arm>& arms);

}  // namespace pytune
