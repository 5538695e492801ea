// Two models of how a processor foresees where an indirect branch goes, and how often they are
// wrong. Both begin empty and learn each branch after predicting it. What they say is modelled: no
// processor's predictor is published as a whole.
//
//   last target   a branch goes where it went the last time: a branch target buffer, as in simple
//                 cores
//   history       where it went the last time after the same eight indirect branches; a last target
//                 where that has not been seen. Chang, Hao and Patt, "Target prediction for
//                 indirect jumps" (ISCA 1997), and what ITTAGE refines (Seznec and Michaud, 2006)
//
// Returns are not for them: processors have a stack for those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pytune::emulator {

struct PredictionCounts {
  std::uint64_t branches = 0;
  std::uint64_t last_target_misses = 0;
  std::uint64_t history_misses = 0;
};

// Of one thread.
class BranchPredictors {
 public:
  BranchPredictors();
  void branch(std::uint64_t from, std::uint64_t to);
  const PredictionCounts& counts() const { return counts_; }
  // Forgets the counts and keeps what was learned.
  void forget_counts() { counts_ = {}; }

 private:
  static constexpr std::size_t kEntries = 1U << 16;  // far more than an interpreter has branches
  struct Entry {
    std::uint64_t key = 0;
    std::uint64_t target = 0;
  };

  std::vector<Entry> last_targets_;
  std::vector<Entry> after_history_;
  std::uint64_t history_ = 0;  // eight bits of each of the last eight targets
  PredictionCounts counts_;
};

}  // namespace pytune::emulator
