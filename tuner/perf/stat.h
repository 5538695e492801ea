// What `perf stat -j` writes, read as if an enemy had written it: the program that is counted holds
// the same descriptor.
//
// One JSON object per line (perf-stat(1), "JSON FORMAT"), after a line "# started on ...". Only a
// failure of perf's own gives plain text.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace pytune {

struct EventReading {
  enum class State {
    counted,
    not_supported,  // this processor, or its virtual machine, has no such event
    not_counted,    // no counter was free for it while the program ran
  } state = State::counted;
  long value = 0;
  double running = 100;  // percent; below 100: scaled up by perf
};

struct PerfStat {
  std::map<std::string, EventReading> events;  // by plain_event_name()
  std::string error;                           // one line; empty: `events` holds
};

// Never throws for any input; values are not negative, and `running` is from 0 to 100. Where one
// file holds the output of several runs, only the last counts. An event of several units (two
// kinds of cores) is added up.
PerfStat parse_perf_stat(std::string_view text);

inline constexpr std::size_t kLongestPerfStat = std::size_t{1} << 20;

}  // namespace pytune
