// What is going on, for people: one live line with an ETA on a terminal, nothing in a pipe unless
// asked.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sys/listener.h"

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

class Progress : public Listener {
 public:
  explicit Progress(ProgressMode mode, LinePace pace = {});
  ~Progress() override;

  // The estimate is corrected by what finished work really took.
  void expect(double minutes) override;
  // Where lines are wanted, one is written at the pace of LinePace, and repeated while the activity
  // goes on.
  void started(const std::string& activity) override;
  void finished(const std::string& activity, double minutes, bool cached) override;
  void line(const std::string& text) override;
  // Shown in every mode.
  void warn(const std::string& text) override;
  // From now on stdout may be a result's: nothing is drawn any more. An empty line sets off what
  // was.
  void finish();

 private:
  std::string activity() const;  // all that is under way
  void draw();                   // with the mutex held
  void tell();                   // with the mutex held: the line that is due, if one is
  void clear();
  std::string eta() const;
  std::string status() const;

  ProgressMode mode_;
  LinePace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  bool drawn_ = false;
  std::vector<std::string> active_;
  std::string told_activity_;
  double expected_ = 0;
  double done_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point expected_at_ = start_;  // what came before is no pace
  std::chrono::steady_clock::time_point done_at_ = start_;      // when something expected ended
  std::chrono::steady_clock::time_point told_ = start_;         // when the last line was written
  std::thread ticker_;
};

// Of `expected` minutes of work, `done` of which had taken `elapsed` when something ended last,
// `since` minutes ago: at the pace so far, once a tenth is done or a tenth of the time was over;
// before that at the plan's own. The pace is known only when something ends: judged in between, a
// long activity would look ever slower. Nothing where more time is over than was left.
std::optional<double> minutes_left(double expected, double done, double elapsed, double since);

}  // namespace pytune
