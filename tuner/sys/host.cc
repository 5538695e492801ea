#include "sys/host.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include <gnu/libc-version.h>
#include <nlohmann/json.hpp>

#include "sys/cgroup.h"
#include "sys/cpus.h"
#include "sys/files.h"

namespace pytune {
namespace {

// "key<sep>value" of the first line that starts with `key`, trimmed; empty when absent.
std::string field(const std::string& file, const std::string& key, char separator) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    const std::size_t start = line.find_first_not_of(" \t\"", at + 1);
    const std::size_t end = line.find_last_not_of(" \t\"\n");
    return start == std::string::npos ? "" : line.substr(start, end - start + 1);
  }
  return "";
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// Arm's cpuinfo has no model name; implementer and part identify the core (Arm ARM, MIDR_EL1).
std::string cpu_model() {
  std::string name = field("/proc/cpuinfo", "model name", ':');
  if (!name.empty()) return name;
  const std::string implementer = field("/proc/cpuinfo", "CPU implementer", ':');
  if (implementer.empty())
    return fmt::format("a CPU of {} that /proc does not name", host_architecture());
  const std::string part = field("/proc/cpuinfo", "CPU part", ':');
  const std::string variant = field("/proc/cpuinfo", "CPU variant", ':');
  const std::string revision = field("/proc/cpuinfo", "CPU revision", ':');
  return fmt::format("implementer {} part {} variant {} revision {}", implementer, part, variant,
                     revision);
}

std::uint64_t memory_field(const char* key) {
  return std::strtoull(field("/proc/meminfo", key, ':').c_str(), nullptr, 10) * 1024;
}

std::uint64_t free_in_cgroup() {
  const auto memory = read_cgroup_limits("/").memory;
  return memory ? memory->most - std::min(memory->most, memory->used) : UINT64_MAX;
}

}  // namespace

std::string host_architecture() {
  utsname names = {};
  uname(&names);
  return names.machine;
}

Host read_host() {
  Host host;
  utsname names = {};
  uname(&names);
  host.architecture = names.machine;
  host.kernel = fmt::format("{} {}", names.sysname, names.release);
  host.cpu_model = cpu_model();
  host.libc = fmt::format("glibc {}", gnu_get_libc_version());
  host.os = field("/etc/os-release", "PRETTY_NAME", '=');
  host.cpus = static_cast<int>(allowed_cpus().size());
  host.memory_bytes = memory_field("MemTotal");
  host.available_memory_bytes = std::min(memory_field("MemAvailable"), free_in_cgroup());
  std::istringstream(first_line("/proc/loadavg")) >> host.load1;
  host.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  host.virtualized =
      (" " + field("/proc/cpuinfo", "flags", ':') + " ").find(" hypervisor ") != std::string::npos;
  return host;
}

std::string Host::fingerprint() const {
  // Memory in whole GiB: kernels reserve a varying part of it.
  const nlohmann::json facts = {architecture, cpu_model, cpus, memory_bytes >> 30U, libc};
  return sha256(facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).substr(0, 16);
}

std::string utc_text(std::int64_t seconds) {
  const auto moment = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  gmtime_r(&moment, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string utc_timestamp() {
  // For tests. SOURCE_DATE_EPOCH, which shells of build systems set, would date results of today.
  if (const char* epoch = std::getenv("PYTUNE_TIME"))
    return utc_text(std::strtoll(epoch, nullptr, 10));
  return utc_text(std::time(nullptr));
}

}  // namespace pytune
