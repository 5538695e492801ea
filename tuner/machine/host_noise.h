// What else the machine was doing while a block ran.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace pytune {

// Seconds that the hypervisor gave to others, of all CPUs since boot, from the text of /proc/stat.
// Nothing when the text is not what proc(5) says.
std::optional<double> parse_steal_seconds(std::string_view proc_stat, long ticks_per_second);

double steal_seconds_now();  // 0 where the kernel does not say
double load_average();       // over one minute; 0 where the kernel does not say

// Mean of what these CPUs run at now (scaling_cur_freq, Documentation/admin-guide/pm/cpufreq.rst),
// of all when none is named, and the warmest of the thermal zones
// (Documentation/driver-api/thermal/sysfs-api.rst). `root` is / but for tests. 0 where the kernel
// does not say, as in most virtual machines.
double cpu_megahertz(const std::filesystem::path& root, const std::vector<int>& cpus);
double warmest_celsius(const std::filesystem::path& root);

}  // namespace pytune
