// Random draws that are the same for one seed on every platform and standard library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pytune {

// std::mt19937_64's output is fixed by the standard; what std::shuffle and the distributions make
// of it is not, so both are done here. `purpose` keeps the draws for different things apart: its
// SHA-256, with the seed, seeds the generator.
class SeededRandom {
 public:
  SeededRandom(std::uint64_t seed, const std::string& purpose);

  std::uint64_t below(std::uint64_t bound);  // uniform in 0..bound-1; bound > 0

  // 0..count-1 in random order (Fisher-Yates).
  std::vector<std::size_t> permutation(std::size_t count);

 private:
  std::mt19937_64 generator_;
};

}  // namespace pytune
