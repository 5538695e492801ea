#include "machine/host_noise.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

// proc(5): "cpu user nice system idle iowait irq softirq steal guest guest_nice".
constexpr int kStealColumn = 8;

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
}

// 0 where there is none, or nothing to be taken for a frequency or a temperature in thousandths.
double number_in(const std::filesystem::path& file) {
  constexpr double kMost = 1e9;
  std::ifstream in(file);
  double number = 0;
  return in >> number && number > 0 && number < kMost ? number : 0;
}

// The files FOLDER/<prefix>*/<file>, as far as they hold a number above 0.
std::vector<double> numbers_below(const std::filesystem::path& folder, std::string_view prefix,
                                  const char* file) {
  std::vector<double> numbers;
  std::error_code gone;
  for (auto it = std::filesystem::directory_iterator(folder, gone);
       !gone && it != std::filesystem::directory_iterator(); it.increment(gone)) {
    if (!it->path().filename().string().starts_with(prefix)) continue;
    const double number = number_in(it->path() / file);
    if (number > 0) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::optional<double> parse_steal_seconds(std::string_view proc_stat, long ticks_per_second) {
  std::string_view line = proc_stat.substr(0, proc_stat.find('\n'));
  if (ticks_per_second <= 0 || take_word(line) != "cpu") {
    return std::nullopt;
  }
  std::string_view word;
  for (int column = 1; column <= kStealColumn; ++column) {
    word = take_word(line);
  }
  std::uint64_t ticks = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), ticks);
  if (error != std::errc() || stop != word.data() + word.size()) {
    return std::nullopt;
  }
  return static_cast<double>(ticks) / static_cast<double>(ticks_per_second);
}

double cpu_megahertz(const std::filesystem::path& root, const std::vector<int>& cpus) {
  const std::filesystem::path folder = root / "sys/devices/system/cpu";
  constexpr const char* kFile = "cpufreq/scaling_cur_freq";  // in kHz
  std::vector<double> all;
  for (const int cpu : cpus) {
    const double number = number_in(folder / ("cpu" + std::to_string(cpu)) / kFile);
    if (number > 0) all.push_back(number);
  }
  if (cpus.empty()) all = numbers_below(folder, "cpu", kFile);
  double sum = 0;
  for (const double one : all) sum += one;
  return all.empty() ? 0 : sum / static_cast<double>(all.size()) / 1000;
}

double warmest_celsius(const std::filesystem::path& root) {
  const auto all = numbers_below(root / "sys/class/thermal", "thermal_zone", "temp");
  return all.empty() ? 0 : *std::max_element(all.begin(), all.end()) / 1000;
}

double steal_seconds_now() {
  try {
    return parse_steal_seconds(read_file("/proc/stat"), sysconf(_SC_CLK_TCK)).value_or(0);
  } catch (const Failure&) {
    return 0;
  }
}

double load_average() {
  double one_minute = 0;
  return getloadavg(&one_minute, 1) == 1 ? std::max(one_minute, 0.0) : 0.0;
}

}  // namespace pytune
