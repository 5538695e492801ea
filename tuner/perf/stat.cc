#include "perf/stat.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "input/json.h"
#include "input/text.h"
#include "perf/events.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kMostStatEvents = 1000;
constexpr std::size_t kLongestEventName = 200;
constexpr double kLargestStatCount = 1e18;

// "1234", or "1234.000000" by older versions.
long count_of(const JsonView& value, const std::string& text) {
  double number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(number) || number < 0 || number > kLargestStatCount)
    value.fail(fmt::format("\"{}\" is not a count", printable(text, 40)));
  return static_cast<long>(number);
}

EventReading reading_of(const JsonView& line) {
  EventReading reading;
  const std::string text = line.at("counter-value").text(kLongestEventName);
  if (text == "<not supported>") {
    reading.state = EventReading::State::not_supported;
  } else if (text == "<not counted>") {
    reading.state = EventReading::State::not_counted;
  } else {
    reading.value = count_of(line.at("counter-value"), text);
    // perf rounds to two digits, and time runs on between two clocks.
    reading.running = std::min(100.0, line.at("pcnt-running").number(0, 101));
  }
  return reading;
}

// Of two units: what one of them did not count, the other did.
void add(EventReading& sum, const EventReading& other) {
  if (other.state != EventReading::State::counted) return;
  if (sum.state != EventReading::State::counted) {
    sum = other;
    return;
  }
  sum.value = static_cast<long>(std::min(
      kLargestStatCount, static_cast<double>(sum.value) + static_cast<double>(other.value)));
  sum.running = std::min(sum.running, other.running);
}

class StatReader {
 public:
  void read(std::string_view line) {
    if (line.starts_with("# started on")) {  // another run
      events_.clear();
      seen_.clear();
    }
    if (line.empty() || line.starts_with("#")) return;
    const nlohmann::json document = parse_json(line);
    const JsonView view(document);
    // A line that holds nothing but a metric derived from the event before it.
    if (!view.has("event") && !view.has("counter-value")) return;
    const std::string said = view.at("event").nonempty_text(kLongestEventName);
    const std::string event = plain_event_name(said);
    if (!is_plain_name(event)) view.at("event").fail("not the name of an event");
    if (!seen_.insert(said).second) view.at("event").fail("a second time");
    if (seen_.size() > kMostStatEvents) view.fail("more events than were asked for");
    const auto [place, is_new] = events_.try_emplace(event, reading_of(view));
    if (!is_new) add(place->second, reading_of(view));
  }

  std::map<std::string, EventReading> take() { return std::move(events_); }

 private:
  std::map<std::string, EventReading> events_;
  std::set<std::string> seen_;
};

}  // namespace

PerfStat parse_perf_stat(std::string_view text) {
  if (text.size() > kLongestPerfStat) return {{}, "perf wrote more than any count is long"};
  StatReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    try {
      reader.read(line);
    } catch (const std::exception& problem) {
      return {{},
              printable(fmt::format("perf's output, line {}: {}", number, problem.what()), 300)};
    }
  }
  PerfStat result{reader.take(), ""};
  if (result.events.empty()) result.error = "perf ended without writing any count";
  return result;
}

}  // namespace pytune
