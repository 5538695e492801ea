#include "measure/block_order.h"

#include "measure/seeded_random.h"

namespace pytune {
namespace {

// Row 0 of a Williams square: 0, 1, n-1, 2, n-2, ... Adding r to every entry gives row r. Plain
// rotations would let each arm follow the same arm for ever and inherit its heat and caches; here
// every arm follows every other equally often (exactly so for an even number of arms). E. J.
// Williams, Australian Journal of Scientific Research A 2 (1949) 149-168.
std::size_t williams(std::size_t place, std::size_t arms) {
  return place % 2 == 1 ? place / 2 + 1 : (arms - place / 2) % arms;
}

}  // namespace

std::vector<std::size_t> block_order(std::size_t arms, int round, const std::string& workload,
                                     std::uint64_t seed) {
  if (arms == 0) {
    return {};
  }
  const std::vector<std::size_t> names = SeededRandom(seed, "order/" + workload).permutation(arms);
  const std::size_t shift = static_cast<std::size_t>(round) % arms;
  std::vector<std::size_t> order;
  order.reserve(arms);
  for (std::size_t place = 0; place < arms; ++place) {
    order.push_back(names[(williams(place, arms) + shift) % arms]);
  }
  return order;
}

}  // namespace pytune
