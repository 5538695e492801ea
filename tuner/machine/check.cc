#include "machine/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "input/text.h"
#include "sys/cgroup.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using Level = Finding::Level;

constexpr const char* kCpus = "sys/devices/system/cpu";

// The file's first line, cut to a sane length; nothing when it cannot be read.
std::optional<std::string> line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return printable(line, 200);
}

std::optional<double> number_of(const fs::path& file) {
  const auto line = line_of(file);
  std::istringstream in(line.value_or(""));
  double value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

// "Key:   123 kB" of /proc/meminfo, in bytes.
std::optional<double> memory(const fs::path& root, const std::string& key) {
  std::ifstream in(root / "proc/meminfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key + ":")) continue;
    std::istringstream value(line.substr(key.size() + 1));
    double kib = 0;
    if (value >> kib) return kib * 1024;
  }
  return std::nullopt;
}

Finding governor(const fs::path& root) {
  std::set<std::string> governors;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root / kCpus, none)) {
    if (const auto line = line_of(entry.path() / "cpufreq/scaling_governor"))
      governors.insert(*line);
  }
  if (governors.empty())
    return {"governor", Level::note,
            "the kernel does not say (a virtual machine's clock is its host's)",
            "none from inside; measure CPU time, as pytune does"};
  if (governors == std::set<std::string>{"performance"})
    return {"governor", Level::ok, "performance on all CPUs", ""};
  return {"governor", Level::problem,
          fmt::format("{}: the clock follows the load", fmt::join(governors, ", ")),
          "cpupower frequency-set -g performance"};
}

Finding turbo(const fs::path& root) {
  const auto intel_off = number_of(root / kCpus / "intel_pstate/no_turbo");
  const auto boost = number_of(root / kCpus / "cpufreq/boost");
  if (!intel_off && !boost) return {"turbo", Level::ok, "none that the kernel knows of", ""};
  const bool on = intel_off ? *intel_off == 0 : *boost != 0;
  if (!on) return {"turbo", Level::ok, "off", ""};
  return {"turbo", Level::problem, "on: the clock depends on heat and on what other cores do",
          intel_off ? "echo 1 >/sys/devices/system/cpu/intel_pstate/no_turbo"
                    : "echo 0 >/sys/devices/system/cpu/cpufreq/boost"};
}

Finding smt(const fs::path& root) {
  if (number_of(root / kCpus / "smt/active").value_or(0) == 0)
    return {"SMT", Level::ok, "off, or this processor has none", ""};
  return {"SMT", Level::note, "on: two threads of a core slow each other down",
          "echo off >/sys/devices/system/cpu/smt/control, or --cpus with one thread of each core"};
}

Finding aslr(const fs::path& root) {
  const auto value = number_of(root / "proc/sys/kernel/randomize_va_space");
  if (!value) return {"ASLR", Level::note, "the kernel does not say", "mount /proc"};
  if (*value == 2) return {"ASLR", Level::ok, "on: many layouts are averaged over", ""};
  return {"ASLR", Level::problem,
          "off or partly off: every process has the one layout, whose luck becomes the result",
          "sysctl kernel.randomize_va_space=2"};
}

Finding isolated(const fs::path& root) {
  const std::string cpus = line_of(root / kCpus / "isolated").value_or("");
  if (cpus.empty())
    return {"isolated CPUs", Level::note, "none: the scheduler may put anything beside a worker",
            "on a large machine boot with isolcpus=... and give those CPUs with --cpus"};
  return {"isolated CPUs", Level::ok, cpus + ": use them with --cpus " + cpus, ""};
}

Finding swap(const fs::path& root) {
  const double total = memory(root, "SwapTotal").value_or(0);
  const double used = total - memory(root, "SwapFree").value_or(total);
  if (used < 1 << 20) return {"swap", Level::ok, total > 0 ? "there, and empty" : "none", ""};
  return {"swap", Level::problem, fmt::format("{:.0f} MB of it in use", used / 1e6),
          "stop what takes the memory, then swapoff -a && swapon -a"};
}

Finding load(const fs::path& root) {
  // proc_loadavg(5): "0.20 0.18 0.12 1/80 11206"; before the slash who runs now, we among them.
  const auto value = number_of(root / "proc/loadavg");
  if (!value) return {"load", Level::note, "the kernel does not say", "mount /proc"};
  if (*value < 0.5) return {"load", Level::ok, fmt::format("{:.2f}", *value), ""};
  std::istringstream words(line_of(root / "proc/loadavg").value_or(""));
  std::string skipped;
  int running = 0;
  words >> skipped >> skipped >> skipped >> running;
  if (running <= 1)
    return {"load", Level::note,
            fmt::format("{:.2f} over the last minute, though nothing runs now", *value),
            "look again in a minute before you measure"};
  return {"load", Level::problem, fmt::format("{:.2f}: other programs are running", *value),
          "stop them (top shows which), or pin with --cpus to CPUs they do not use"};
}

// proc_stat(5): user nice system idle iowait irq softirq steal, in ticks since boot.
Finding steal(const fs::path& root) {
  std::istringstream in(line_of(root / "proc/stat").value_or(""));
  std::string name;
  std::array<double, 8> ticks{};
  in >> name;
  for (double& value : ticks) in >> value;
  if (!in || name != "cpu") return {"steal", Level::note, "the kernel does not say", "mount /proc"};
  double busy = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i) busy += i == 3 || i == 4 ? 0 : ticks[i];
  const double percent = busy > 0 ? ticks[7] / busy * 100 : 0;
  if (percent < 1)
    return {"steal", Level::ok, fmt::format("{:.1f} % of the busy time since boot", percent), ""};
  return {
      "steal", Level::problem,
      fmt::format("{:.1f} % of the busy time since boot went to other virtual machines", percent),
      "use a dedicated or larger instance; more rounds help against the rest"};
}

Finding counters(const fs::path& root) {
  std::error_code none;
  bool present = false;
  for (const auto& entry : fs::directory_iterator(root / "sys/bus/event_source/devices", none)) {
    const std::string name = entry.path().filename();
    present = present || name == "cpu" || name.starts_with("cpu_") || name.starts_with("armv8_") ||
              name.starts_with("armv9_");
  }
  if (!present)
    return {"counters", Level::note, "no hardware counters here (as on most virtual machines)",
            "a bare-metal instance has them; times do not need them"};
  return {"counters", Level::ok, "hardware counters", ""};
}

// 2 lets a user count what happens in user space, and nothing else is counted here.
Finding perf(const fs::path& root) {
  const auto paranoid = number_of(root / "proc/sys/kernel/perf_event_paranoid");
  if (!paranoid)
    return {"perf", Level::note, "the kernel does not say who may count",
            "a kernel with perf events, and /proc mounted; times do not need them"};
  const std::string state = fmt::format("perf_event_paranoid is {:.0f}", *paranoid);
  if (*paranoid <= 2) return {"perf", Level::ok, state + ": any user may count in user space", ""};
  return {"perf", Level::note, state + ": only root may read counters",
          "sysctl kernel.perf_event_paranoid=2; times do not need them"};
}

Finding huge_pages(const fs::path& root) {
  const std::string modes =
      line_of(root / "sys/kernel/mm/transparent_hugepage/enabled").value_or("");
  if (modes.find("[always]") == std::string::npos)
    return {"huge pages", Level::ok, modes.empty() ? "none" : "not given unasked: " + modes, ""};
  return {"huge pages", Level::note,
          "given to whoever grows: when the kernel finds one is chance, and times scatter",
          "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"};
}

Finding free_memory(const fs::path& root) {
  auto bytes = memory(root, "MemAvailable");
  if (const auto group = read_cgroup_limits(root).memory; bytes && group)
    bytes = std::min(*bytes, static_cast<double>(group->most - std::min(group->most, group->used)));
  if (!bytes) return {"memory", Level::note, "the kernel does not say", "mount /proc"};
  // gcc's LTO of CPython peaks at about 1.2 GB beside its partitions.
  if (*bytes >= 2e9) return {"memory", Level::ok, fmt::format("{:.1f} GB free", *bytes / 1e9), ""};
  return {"memory", Level::problem,
          fmt::format("{:.1f} GB free: linking with LTO takes up to 2 GB", *bytes / 1e9),
          "stop other programs, or sweep with --jobs 1"};
}

}  // namespace

std::string to_string(Finding::Level level) {
  return level == Level::ok ? "ok" : level == Level::note ? "note" : "problem";
}

std::vector<Finding> check_machine(const fs::path& root) {
  std::vector<Finding> findings;
  for (const auto check : {governor, turbo, smt, aslr, isolated, swap, load, steal, counters, perf,
                           huge_pages, free_memory})
    findings.push_back(check(root));
  return findings;
}

}  // namespace pytune
