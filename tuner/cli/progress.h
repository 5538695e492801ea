// What is going on, for people: one live line with an ETA on a terminal, nothing in a pipe unless
// asked.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace pytune {

enum class ProgressMode { silent, lines, live };

// live on a terminal, silent elsewhere; "always" gives lines in a pipe, "never" silences. Throws
// UsageError for other words.
ProgressMode progress_mode(const std::string& when);

// How often a log, which nobody watches by the second, gets a line: what is new, and what goes on.
struct LinePace {
  std::chrono::milliseconds news = std::chrono::seconds(30);
  std::chrono::milliseconds still = std::chrono::minutes(2);
};

class Progress {
 public:
  explicit Progress(ProgressMode mode, LinePace pace = {});
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // The work to come, in minutes by the plan's estimate; it is corrected by what finished work
  // really took.
  void expect(double minutes);
  // So much of the expected work turned out to be done since an earlier run; it says nothing on how
  // long the rest takes.
  void found(double minutes);
  // `activity` is under way; `minutes` of the expected work have been done in all. Where lines are
  // wanted, one is written at the pace of LinePace, and repeated while the activity goes on.
  void update(const std::string& activity, double minutes_done);
  // A line that stays: a stage or block that ended, a failure.
  void line(const std::string& text);
  // A warning: always shown, in every mode.
  void warn(const std::string& text);

 private:
  void draw();  // with the mutex held
  void tell();  // with the mutex held: the line that is due, if one is
  void clear();
  std::string eta() const;
  std::string status() const;

  ProgressMode mode_;
  LinePace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  bool drawn_ = false;
  std::string activity_;
  std::string told_activity_;
  double expected_ = 0;
  double done_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point expected_at_ = start_;  // what came before is no pace
  std::chrono::steady_clock::time_point told_ = start_;         // when the last line was written
  std::thread ticker_;
};

// Of `expected` minutes of work, `done` of which took `elapsed`: at the pace so far, once a tenth
// is done or a tenth of the time is over; before that at the plan's own. Nothing where all of the
// time is over and nothing is done.
std::optional<double> minutes_left(double expected, double done, double elapsed);

// "3 min 20 s", "1 h 05 min"
std::string duration_text(double minutes);

}  // namespace pytune
