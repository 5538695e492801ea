#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "input/suggestion.h"
#include "spec/configuration.h"
#include "sys/error.h"

namespace pytune {
ProgressMode progress_mode(const std::string& when) {
  if (when == "never") return ProgressMode::silent;
  const char* term = std::getenv("TERM");
  const bool terminal =
      isatty(STDERR_FILENO) != 0 && term != nullptr && std::string(term) != "dumb";
  if (when == "always") return terminal ? ProgressMode::live : ProgressMode::lines;
  if (when == "auto") return terminal ? ProgressMode::live : ProgressMode::silent;
  throw UsageError(fmt::format("--progress: unknown value \"{}\"{}", when,
                               suggestion(when, {"auto", "always", "never"})));
}

std::string duration_text(double minutes) {
  const long seconds = std::lround(std::max(0.0, minutes) * 60);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
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
  expected_at_ = std::chrono::steady_clock::now();
}

void Progress::found(double minutes) {
  const std::scoped_lock guard(mutex_);
  expected_ = std::max(0.0, expected_ - minutes);
}

void Progress::update(const std::string& activity, double minutes_done) {
  const std::scoped_lock guard(mutex_);
  activity_ = activity;
  done_ = minutes_done;
  tell();
}

void Progress::tell() {
  if (mode_ != ProgressMode::lines || activity_.empty()) return;
  const auto silence = std::chrono::steady_clock::now() - told_;
  if (silence < (activity_ == told_activity_ ? pace_.still : pace_.news)) return;
  std::cerr << status() << std::endl;
  told_ = std::chrono::steady_clock::now();
  told_activity_ = activity_;
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

std::optional<double> minutes_left(double expected, double done, double elapsed) {
  if (expected <= 0) return std::nullopt;
  const double early = 0.1 * expected;
  if (done > 0 && (done > early || elapsed > early)) return (expected - done) * elapsed / done;
  if (elapsed < expected) return expected - elapsed;
  return std::nullopt;
}

std::string Progress::eta() const {
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - expected_at_).count() / 60;
  const auto left = minutes_left(expected_, done_, elapsed);
  return left ? fmt::format(", about {} left", duration_text(std::max(*left, 0.0))) : "";
}

std::string Progress::status() const {
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() / 60;
  return fmt::format("[{}{}] {}", duration_text(elapsed), eta(), activity_);
}

void Progress::draw() {
  if (mode_ != ProgressMode::live || ending_ || activity_.empty()) return;
  winsize size = {};
  const std::size_t width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  std::string text = status();
  if (text.size() >= width) text = text.substr(0, width - 1);
  std::cerr << "\r\033[K" << text << std::flush;
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace pytune
