#include "measure/seeded_random.h"

#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "sys/files.h"

namespace pytune {
namespace {

std::uint64_t hashed_seed(std::uint64_t seed, const std::string& purpose) {
  const std::string digest = sha256(fmt::format("{}/{}", seed, purpose));
  return std::stoull(digest.substr(0, 16), nullptr, 16);
}

}  // namespace

SeededRandom::SeededRandom(std::uint64_t seed, const std::string& purpose)
    : generator_(hashed_seed(seed, purpose)) {}

std::uint64_t SeededRandom::below(std::uint64_t bound) {
  // Draws past the last whole multiple of the bound are thrown away: a plain remainder would favour
  // small numbers.
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t excess = (most % bound + 1) % bound;
  std::uint64_t draw = generator_();
  while (draw > most - excess) {
    draw = generator_();
  }
  return draw % bound;
}

std::vector<std::size_t> SeededRandom::permutation(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) {
    std::swap(order[left - 1], order[below(left)]);
  }
  return order;
}

}  // namespace pytune
