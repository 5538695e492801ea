// What else the machine was doing while a block ran.
#pragma once

#include <optional>
#include <string_view>

namespace pytune::measure {

// Seconds that the hypervisor gave to others, of all CPUs since boot, from the text of /proc/stat.
// Nothing when the text is not what proc(5) says.
std::optional<double> parse_steal_seconds(std::string_view proc_stat, long ticks_per_second);

double steal_seconds_now();  // 0 where the kernel does not say
double load_average();       // over one minute; 0 where the kernel does not say

}  // namespace pytune::measure
