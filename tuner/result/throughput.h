// What a machine gets done with one worker on every CPU.
#pragma once

#include <string>
#include <vector>

#include "result/measure_result.h"

namespace pytune {

struct WorkloadThroughput {
  std::string workload;
  double per_second = 0;  // runs of the workload's loop body, median over the rounds
  double per_money = 0;   // the same for one unit of money; 0 without a price
};

struct ArmThroughput {
  std::string arm;
  // How much longer the slowest CPU took than the fastest, 0.05 for 5 %: median over the blocks.
  double cpu_spread = 0;
  std::vector<WorkloadThroughput> workloads;  // those it ran
};

// Of every arm, the baseline first.
std::vector<ArmThroughput> arm_throughputs(const MeasureResult& result);

}  // namespace pytune
