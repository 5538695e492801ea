#include "emulator/branch_predictors.h"

namespace pytune::emulator {
namespace {

// Multiplication by 2^64 divided by the golden ratio (Knuth, vol. 3, 6.4): the upper bits depend on
// all of `value`.
std::uint64_t scattered(std::uint64_t value) { return value * 0x9E3779B97F4A7C15U; }

}  // namespace

BranchPredictors::BranchPredictors() : last_targets_(kEntries), after_history_(kEntries) {}

void BranchPredictors::branch(std::uint64_t from, std::uint64_t to) {
  constexpr unsigned kShift = 64 - 16;
  static_assert(kEntries == std::size_t{1} << 16);
  Entry& last = last_targets_[scattered(from) >> kShift];
  const std::uint64_t key = scattered(history_) ^ from;
  Entry& after = after_history_[scattered(key) >> kShift];
  const std::uint64_t foreseen = last.key == from ? last.target : 0;
  ++counts_.branches;
  counts_.last_target_misses += foreseen != to;
  counts_.history_misses += (after.key == key ? after.target : foreseen) != to;
  last = {from, to};
  after = {key, to};
  history_ = history_ << 8 | scattered(to) >> 56;
}

}  // namespace pytune::emulator
