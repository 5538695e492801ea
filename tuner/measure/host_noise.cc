#include "measure/host_noise.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune::measure {
namespace {

// proc(5): "cpu user nice system idle iowait irq softirq steal guest guest_nice".
constexpr int kStealColumn = 8;

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
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

}  // namespace pytune::measure
