#include "toolchain/passed_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <system_error>

#include "input/small_file.h"
#include "input/text.h"
#include "sys/files.h"
#include "sys/host.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFormat = "pytune-trials 1";
constexpr std::size_t kMostKeys = 20'000;

bool is_key(std::string_view line) {
  return line.size() == 64 && line.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What another program of that name would have otherwise.
std::string trace_of(const fs::path& program) {
  std::error_code error;
  const auto size = fs::file_size(program, error);
  if (error) return "";
  const auto time = fs::last_write_time(program, error).time_since_epoch().count();
  return fmt::format(" {} {}", size, time);
}

std::string machine() {
  static const std::string known = [] {
    const Host host = read_host();
    return fmt::format("{}\n{}\n{}\n", host.architecture, host.cpu_model, host.libc);
  }();
  return known;
}

}  // namespace

PassedTrials PassedTrials::read(const fs::path& file) {
  PassedTrials trials;
  std::string text;
  try {
    text = read_small_file(file);
  } catch (const std::exception&) {
    return trials;
  }
  const auto lines = split_lines(text);
  if (lines.empty() || lines.front() != kFormat) return trials;
  for (const std::string_view line : lines)
    if (is_key(line) && trials.keys_.size() < kMostKeys) trials.keys_.emplace(line);
  return trials;
}

std::string PassedTrials::key(const std::vector<std::vector<std::string>>& commands,
                              const std::string& identity) {
  Sha256 hash;
  hash.update(machine() + identity + "\n");
  for (const auto& argv : commands) hash.update(shell_quote(argv) + trace_of(argv.front()) + "\n");
  return hash.hex();
}

void PassedTrials::write(const fs::path& file) const {
  if (!changed_) return;
  std::string text = std::string(kFormat) + "\n";
  for (const std::string& key : keys_) text += key + "\n";
  try {
    write_file_atomic(file, text);
  } catch (const std::exception&) {
    return;  // a full disk is told of where it matters
  }
}

}  // namespace pytune
