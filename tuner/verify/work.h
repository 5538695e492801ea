// Pieces of work that do not depend on each other, several at a time, and whoever looks on.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace pytune {

// Told what goes on; called under a lock, from any thread.
class Watch {
 public:
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  virtual ~Watch() = default;
  virtual void started(const std::string& activity) = 0;
  // `minutes` of what was expected are done; `cached`: by an earlier run.
  virtual void finished(const std::string& activity, double minutes, bool cached) = 0;
  virtual void line(const std::string& text) = 0;
};

struct Work {
  std::string activity;       // for people: "test_long (gcc-12, series)"
  double minutes = 0;         // expected
  std::function<bool()> run;  // whether an earlier run had done it; a Failure is this work's alone
};

// Why each could not be done, in order; empty: it was. Any other exception than Failure ends all
// and is thrown on.
std::vector<std::string> run_work(const std::vector<Work>& work, int parallel, Watch& watch);

}  // namespace pytune
