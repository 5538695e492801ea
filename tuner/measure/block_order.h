#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pytune {

// The order of one block: a permutation of 0..arms-1. Over any `arms` consecutive rounds of one
// workload every arm holds every position once (a Latin square over a seeded random permutation),
// so drift within a block cancels.
std::vector<std::size_t> block_order(std::size_t arms, int round, const std::string& workload,
                                     std::uint64_t seed);

}  // namespace pytune
