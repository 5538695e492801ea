// Progress of work that is done several pieces at a time (verify/work.h).
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "verify/work.h"

namespace pytune {

class WorkProgress : public Watch {
 public:
  explicit WorkProgress(Progress& progress) : progress_(progress) {}

  void started(const std::string& activity) override;
  void finished(const std::string& activity, double minutes, bool cached) override;
  void line(const std::string& text) override { progress_.line(text); }
  // Expected minutes are of all work divided by so many at once.
  void at_once(int threads) { threads_ = threads; }

 private:
  void show();

  Progress& progress_;
  std::mutex mutex_;
  std::vector<std::string> active_;
  double done_ = 0;
  int threads_ = 1;
};

}  // namespace pytune
