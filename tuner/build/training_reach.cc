#include "build/training_reach.h"

#include <charconv>
#include <system_error>

#include "input/text.h"

namespace pytune {

std::optional<TrainingReach> parse_training_reach(std::string_view output) {
  constexpr std::string_view kTotal = "Total functions: ";
  constexpr std::string_view kCounts = ": (Max = ";
  TrainingReach reach;
  bool complete = false;
  for (const std::string_view line : split_lines(output)) {
    if (line.starts_with(kTotal)) {
      const std::string_view number = trim(line.substr(kTotal.size()));
      const auto [last, error] =
          std::from_chars(number.data(), number.data() + number.size(), reach.functions);
      complete = error == std::errc() && last == number.data() + number.size();
    } else if (const std::size_t counts = line.rfind(kCounts); counts != std::string_view::npos) {
      reach.never_run.push_back(printable(line.substr(0, counts)));
    }
  }
  if (!complete || reach.never_run.size() > reach.functions) return std::nullopt;
  return reach;
}

}  // namespace pytune
