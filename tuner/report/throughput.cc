#include "report/throughput.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "input/text.h"
#include "report/text.h"
#include "result/throughput.h"

namespace pytune {

void print_throughput(const Page& page, const MeasureResult& result) {
  const auto rows = arm_throughputs(result);
  const bool priced = result.price_per_hour > 0;
  page.heading(fmt::format("Work done {} ({}, this machine alone)",
                           priced ? "per unit of money" : "per second",
                           name_of(evidence_of(result))));
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
