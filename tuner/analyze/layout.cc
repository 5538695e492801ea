// Counting: which observations exist, what they weigh, and how their influences add up to
// variances.
#include <algorithm>
#include <set>

#include "analyze/suite_estimate.h"

namespace pytune {
namespace {

void count_blocks(const LogRatios& table, Layout& layout) {
  std::vector<std::set<std::size_t>> rounds(layout.arms);
  for (const LogRatios::Row& row : table.rows) {
    layout.row_workload.push_back(row.workload);
    layout.row_round.push_back(row.round);
    for (std::size_t arm = 0; arm < layout.arms; ++arm) {
      if (row.values[arm]) {
        ++layout.blocks[arm * layout.workloads + row.workload];
        rounds[arm].insert(row.round);
      }
    }
  }
  for (std::size_t arm = 0; arm < layout.arms; ++arm) {
    layout.arm_rounds[arm] = static_cast<int>(rounds[arm].size());
    for (std::size_t workload = 0; workload < layout.workloads; ++workload) {
      layout.arm_workloads[arm] += layout.blocks[arm * layout.workloads + workload] > 0 ? 1 : 0;
    }
  }
}

}  // namespace

Layout layout_of(const LogRatios& table) {
  Layout layout;
  layout.arms = table.arms.size();
  layout.workloads = table.workloads.size();
  layout.rounds = table.rounds;
  layout.blocks.assign(layout.arms * layout.workloads, 0);
  layout.arm_workloads.assign(layout.arms, 0);
  layout.arm_rounds.assign(layout.arms, 0);
  count_blocks(table, layout);
  layout.weight.assign(layout.arms * table.rows.size(), 0);
  for (std::size_t arm = 0; arm < layout.arms; ++arm) {
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      if (table.rows[i].values[arm]) {
        const int blocks = layout.blocks[arm * layout.workloads + table.rows[i].workload];
        layout.weight[arm * table.rows.size() + i] = 1.0 / (blocks * layout.arm_workloads[arm]);
      }
    }
  }
  return layout;
}

Spread spread_of(const Layout& layout, std::size_t arm, const double* influence) {
  const double* weight = &layout.weight[arm * layout.rows()];
  const int* blocks = &layout.blocks[arm * layout.workloads];
  const int rounds = layout.arm_rounds[arm];
  std::vector<double> sum(layout.rounds, 0.0);
  std::vector<int> count(layout.rounds, 0);
  for (std::size_t i = 0; i < layout.rows(); ++i) {
    if (weight[i] > 0 && blocks[layout.row_workload[i]] > 1) {
      sum[layout.row_round[i]] += influence[i];
      count[layout.row_round[i]] += 1;
    }
  }
  Spread spread;
  for (std::size_t i = 0; i < layout.rows(); ++i) {
    const double n = blocks[layout.row_workload[i]];
    const double others = count[layout.row_round[i]] - 1;
    if (weight[i] > 0 && n > 1) {
      // A round of one workload has nothing to tell what its blocks share from what they do not.
      const double shared = others > 0 ? sum[layout.row_round[i]] / (others + 1) : 0;
      const double rest = influence[i] - shared;
      spread.within += influence[i] * influence[i] * n / (n - 1);
      spread.interaction += rest * rest * n / (n - 1) * (others > 0 ? (others + 1) / others : 1);
    }
  }
  for (const double round : sum) {
    spread.clustered += rounds > 1 ? round * round * rounds / (rounds - 1) : 0;
  }
  return spread;
}

double shared_noise_variance(const Spread& spread, double design_effect) {
  return std::max(spread.clustered, spread.interaction * design_effect);
}

}  // namespace pytune
