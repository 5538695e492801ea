#include "cli/progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string_view>

#include "cli/terminal.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "spec/configuration.h"
#include "sys/duration.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::string_view kEmptyLine = "\r\033[K";

}  // namespace

ProgressMode progress_mode(const std::string& when) {
  if (when == "never") return ProgressMode::silent;
  const bool terminal = isatty(STDERR_FILENO) != 0 && obeys_sequences();
  if (when == "always") return terminal ? ProgressMode::live : ProgressMode::lines;
  if (when == "auto") return terminal ? ProgressMode::live : ProgressMode::silent;
  throw UsageError(fmt::format("--progress: unknown value \"{}\"{}", when,
                               suggestion(when, {"auto", "always", "never"})));
}

Progress::Progress(ProgressMode mode, LinePace pace) : mode_(mode), pace_(pace) {
  if (mode_ == ProgressMode::silent) return;
  ticker_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      draw();
      tell();
      changed_.wait_for(lock, std::min(pace_.still, std::chrono::milliseconds(1000)));
    }
  });
}

Progress::~Progress() {
  {
    const std::scoped_lock guard(mutex_);
    ending_ = true;
    clear();
  }
  changed_.notify_all();
  if (ticker_.joinable()) ticker_.join();
}

void Progress::expect(double minutes) {
  const std::scoped_lock guard(mutex_);
  expected_ = minutes;
  done_ = 0;
  expected_at_ = done_at_ = std::chrono::steady_clock::now();
}

void Progress::started(const std::string& activity) {
  const std::scoped_lock guard(mutex_);
  active_.push_back(activity);
  tell();
}

void Progress::finished(const std::string& activity, double minutes, bool cached) {
  const std::scoped_lock guard(mutex_);
  const auto found = std::find(active_.begin(), active_.end(), activity);
  if (found != active_.end()) active_.erase(found);
  if (cached) {
    expected_ = std::max(0.0, expected_ - minutes);
  } else if (minutes > 0) {
    done_ += minutes;
    done_at_ = std::chrono::steady_clock::now();
  }
}

std::string Progress::activity() const { return fmt::format("{}", fmt::join(active_, "; ")); }

void Progress::tell() {
  if (mode_ != ProgressMode::lines || active_.empty()) return;
  const auto silence = std::chrono::steady_clock::now() - told_;
  const std::string now = activity();
  if (silence < (now == told_activity_ ? pace_.still : pace_.news)) return;
  std::cerr << status() << std::endl;
  told_ = std::chrono::steady_clock::now();
  told_activity_ = now;
}

void Progress::line(const std::string& text) {
  const std::scoped_lock guard(mutex_);
  if (mode_ == ProgressMode::silent) return;
  clear();
  std::cerr << text << std::endl;
  told_ = std::chrono::steady_clock::now();
  draw();
}

void Progress::warn(const std::string& text) {
  const std::scoped_lock guard(mutex_);
  clear();
  std::cerr << "pytune: warning: " << text << std::endl;
  draw();
}

void Progress::finish() {
  const std::scoped_lock guard(mutex_);
  if (ending_) return;
  ending_ = true;
  clear();
  if (mode_ != ProgressMode::silent) std::cerr << std::endl;
}

std::optional<double> minutes_left(double expected, double done, double elapsed, double since) {
  if (expected <= 0) return std::nullopt;
  const double early = 0.1 * expected;
  const bool has_pace = done > 0 && (done > early || elapsed > early);
  const double left = (has_pace ? (expected - done) * elapsed / done : expected - elapsed) - since;
  return left >= 0 ? std::optional(left) : std::nullopt;
}

std::string Progress::eta() const {
  using Minutes = std::chrono::duration<double, std::ratio<60>>;
  const double elapsed = Minutes(done_at_ - expected_at_).count();
  const double since = Minutes(std::chrono::steady_clock::now() - done_at_).count();
  const auto left = minutes_left(expected_, done_, elapsed, since);
  return left ? fmt::format(", about {} left", duration_text(*left)) : "";
}

std::string Progress::status() const {
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() / 60;
  return fmt::format("[{}{}] {}", duration_text(elapsed), eta(), activity());
}

void Progress::draw() {
  if (mode_ != ProgressMode::live || ending_ || active_.empty()) return;
  winsize size = {};
  const std::size_t width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  command_terminal(kEmptyLine);
  std::cerr << printable(status(), width - 1) << std::flush;
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) command_terminal(kEmptyLine);
  drawn_ = false;
}

}  // namespace pytune
