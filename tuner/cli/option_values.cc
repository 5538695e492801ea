#include "cli/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "conformance/test_names.h"
#include "input/text.h"
#include "sys/cpus.h"
#include "sys/error.h"

namespace pytune {

double parse_minutes(const std::string& option, const std::string& text) {
  std::smatch match;
  if (std::regex_match(
          text, match,
          std::regex("(?:([0-9]{1,4})h)?(?:([0-9]{1,6})(?:m|$))?(?:([0-9]{1,6})s)?")) &&
      (match[1].matched || match[2].matched || match[3].matched)) {
    const double minutes = (match[1].matched ? std::stod(match[1]) * 60 : 0) +
                           (match[2].matched ? std::stod(match[2]) : 0) +
                           (match[3].matched ? std::stod(match[3]) / 60 : 0);
    if (minutes > 0) return minutes;
  }
  throw UsageError(
      fmt::format("{}: \"{}\" is not a time; write 30s, 90m, 2h or 1h30m", option, text));
}

std::vector<std::string> parse_words(const std::string& text) {
  std::vector<std::string> words;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

std::vector<std::string> parse_test_files(const std::string& option, const std::string& text) {
  auto files = parse_words(text);
  for (const auto& file : files)
    if (!is_test_file(file))
      throw UsageError(
          fmt::format("{}: \"{}\" is no test file; give names as in test_long,test_bytes", option,
                      printable(file)));
  if (files.empty()) throw UsageError(option + ": give names as in test_long,test_bytes");
  return files;
}

std::uint64_t parse_bytes(const std::string& option, const std::string& text) {
  std::smatch match;
  if (std::regex_match(text, match, std::regex("([0-9]{1,6}(?:[.][0-9]{1,3})?)([MG])"))) {
    const double bytes = std::stod(match[1]) * (match[2] == "G" ? 1 << 30 : 1 << 20);
    if (bytes >= 1 << 20) return static_cast<std::uint64_t>(bytes);
  }
  throw UsageError(
      fmt::format("{}: \"{}\" is not an amount of memory; write 2G or 512M", option, text));
}

namespace {

// By trying: CPUs that the kernel was told to isolate are not in the mask a process starts with,
// and still can be asked for.
bool may_run_on(int cpu) {
  const CpuMask before = CpuMask::of_this_process();
  const bool fine = CpuMask(std::vector<int>{cpu}).apply();
  before.apply();
  return fine;
}

}  // namespace

std::vector<int> parse_cpus(const std::string& text) {
  std::vector<int> cpus;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    std::smatch match;
    const std::string part = text.substr(start, end - start);
    if (!std::regex_match(part, match, std::regex("([0-9]{1,4})(?:-([0-9]{1,4}))?")))
      throw UsageError(fmt::format("--cpus: \"{}\" is not a list of CPUs; write 0-3 or 0,2", text));
    const int first = std::stoi(match[1]);
    const int last = match[2].matched ? std::stoi(match[2]) : first;
    if (last < first) throw UsageError(fmt::format("--cpus: \"{}\" is not a range of CPUs", part));
    for (int cpu = first; cpu <= last; ++cpu) {
      if (!may_run_on(cpu))
        throw UsageError(fmt::format("--cpus: CPU {} is not one this process may run on", cpu));
      if (std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) cpus.push_back(cpu);
    }
    start = end + 1;
  }
  return cpus;
}

}  // namespace pytune
