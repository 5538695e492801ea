#include "report/throughput.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>

#include "analyze/statistics.h"
#include "input/text.h"
#include "report/text.h"

namespace pytune {
namespace {

constexpr double kSecondsPerHour = 3600;

const Sample* good_sample(const Block& block, const std::string& arm) {
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
      const Sample* sample = block.workload == workload.name ? good_sample(block, arm) : nullptr;
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

void print_throughput(const Page& page, const MeasureResult& result) {
  const auto rows = arm_throughputs(result);
  const bool priced = result.price_per_hour > 0;
  page.heading(fmt::format("Work done {} ({}, this machine alone)",
                           priced ? "per unit of money" : "per second",
                           printable(result.evidence)));
  std::size_t width = 8;
  for (const Workload& workload : result.measurement.workloads)
    width = std::max(width, display_width(printable(workload.name)));
  fmt::print(page.out, "  {}", pad_right("workload", width));
  for (std::size_t i = 0; i < rows.size(); ++i)
    fmt::print(page.out, " {:>12}", i == 0 ? "baseline" : fmt::format("[{}]", i));
  fmt::print(page.out, "\n");
  for (const Workload& workload : result.measurement.workloads) {
    fmt::print(page.out, "  {}", pad_right(printable(workload.name), width));
    for (const ArmThroughput& row : rows) {
      const auto found =
          std::find_if(row.workloads.begin(), row.workloads.end(),
                       [&](const auto& one) { return one.workload == workload.name; });
      if (found == row.workloads.end())
        fmt::print(page.out, " {:>12}", "-");
      else
        fmt::print(page.out, " {:>12.4g}", priced ? found->per_money : found->per_second);
    }
    fmt::print(page.out, "\n");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto arm = std::find_if(result.measurement.arms.begin(), result.measurement.arms.end(),
                                  [&](const Arm& one) { return one.id == rows[i].arm; });
    page.item("  ", fmt::format("{}: {}; its slowest CPU took {:.1f} % longer than its fastest",
                                i == 0 ? "baseline" : fmt::format("[{}]", i), printable(arm->label),
                                rows[i].cpu_spread * 100));
  }
}
}  // namespace pytune
