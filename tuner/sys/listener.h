// Who looks on while work is done, for a person or for a test.
#pragma once

#include <string>
#include <utility>

namespace pytune {

// Told what is under way, what is finished and what is worth a line. Safe to be called from any
// thread.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // All of the work to come will take so many minutes, by an estimate.
  virtual void expect(double minutes) = 0;
  // Several activities may be under way at once.
  virtual void started(const std::string& activity) = 0;
  // `minutes` of what was expected are over. `cached`: an earlier run had done it, so it says
  // nothing on how long the rest will take.
  virtual void finished(const std::string& activity, double minutes, bool cached) = 0;
  // A line that stays: a stage that ended, a failure.
  virtual void line(const std::string& text) = 0;
  // A warning, which is never hidden.
  virtual void warn(const std::string& text) = 0;
};

// An activity from here to the end of the block, however that is left.
class Activity {
 public:
  Activity(Listener& listener, std::string text) : listener_(listener), text_(std::move(text)) {
    listener_.started(text_);
  }
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;
  ~Activity() { listener_.finished(text_, minutes_, cached_); }

  // It ended well: `minutes` were expected of it. Without this, none are over.
  void ended(double minutes, bool cached) {
    minutes_ = minutes;
    cached_ = cached;
  }

 private:
  Listener& listener_;
  std::string text_;
  double minutes_ = 0;
  bool cached_ = false;
};

// Where nobody looks on.
class NoListener : public Listener {
 public:
  void expect(double /*minutes*/) override {}
  void started(const std::string& /*activity*/) override {}
  void finished(const std::string& /*activity*/, double /*minutes*/, bool /*cached*/) override {}
  void line(const std::string& /*text*/) override {}
  void warn(const std::string& /*text*/) override {}
};

}  // namespace pytune
