// What a listener was told, in order.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sys/listener.h"

namespace pytune::test {

class RecordedListener : public Listener {
 public:
  void expect(double minutes) override {
    record([&] { expected.push_back(minutes); });
  }
  void started(const std::string& activity) override {
    record([&] {
      begun.push_back(activity);
      ++under_way;
    });
  }
  void finished(const std::string& activity, double minutes, bool cached) override {
    record([&] {
      (cached ? found : done).push_back(activity);
      (cached ? minutes_found : minutes_done) += minutes;
      --under_way;
    });
  }
  void line(const std::string& text) override {
    record([&] { lines.push_back(text); });
  }
  void warn(const std::string& text) override {
    record([&] {
      warnings.push_back(text);
      if (on_warning) on_warning();
    });
  }

  std::vector<double> expected;
  std::vector<std::string> begun;
  std::vector<std::string> done;   // now
  std::vector<std::string> found;  // by an earlier run
  std::vector<std::string> lines;
  std::vector<std::string> warnings;
  double minutes_done = 0;
  double minutes_found = 0;
  int under_way = 0;
  std::function<void()> on_warning;  // for who waits for one

 private:
  template <class Act>
  void record(const Act& act) {
    const std::lock_guard lock(mutex_);
    act();
  }
  std::mutex mutex_;
};

}  // namespace pytune::test
