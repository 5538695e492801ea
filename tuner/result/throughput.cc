#include "result/throughput.h"

#include <algorithm>

#include "analyze/statistics.h"

namespace pytune {
namespace {

constexpr double kSecondsPerHour = 3600;

const Sample* throughput_sample(const Block& block, const std::string& arm) {
  for (const Sample& sample : block.samples)
    if (sample.arm == arm && sample.error.empty() && !sample.wall_values.empty() &&
        !sample.per_cpu_seconds.empty())
      return &sample;
  return nullptr;
}

double spread_of(const std::vector<double>& seconds) {
  const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
  return *most / *least - 1;
}

ArmThroughput throughput_of(const MeasureResult& result, const std::string& arm) {
  ArmThroughput row;
  row.arm = arm;
  std::vector<double> spreads;
  for (const Workload& workload : result.measurement.workloads) {
    std::vector<double> seconds;
    for (const Block& block : result.measurement.blocks) {
      const Sample* sample =
          block.workload == workload.name ? throughput_sample(block, arm) : nullptr;
      if (sample == nullptr) continue;
      seconds.push_back(sample->wall_values.front());
      spreads.push_back(spread_of(sample->per_cpu_seconds));
    }
    if (seconds.empty()) continue;
    WorkloadThroughput one;
    one.workload = workload.name;
    one.per_second = 1 / median(std::move(seconds));
    if (result.price_per_hour > 0)
      one.per_money = one.per_second * kSecondsPerHour / result.price_per_hour;
    row.workloads.push_back(std::move(one));
  }
  row.cpu_spread = spreads.empty() ? 0 : median(std::move(spreads));
  return row;
}

}  // namespace

std::vector<ArmThroughput> arm_throughputs(const MeasureResult& result) {
  std::vector<ArmThroughput> rows;
  for (const Arm& arm : result.measurement.arms)
    if (arm.role != Arm::Role::copy) rows.push_back(throughput_of(result, arm.id));
  return rows;
}

}  // namespace pytune
