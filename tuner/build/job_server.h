// GNU make's jobserver (info make, "POSIX Jobserver"), shared by all builds under way: together
// they run as many compilers as there are CPUs, and one that is alone gets them all.
#pragma once

#include <string>

namespace pytune {

class JobServer {
 public:
  explicit JobServer(int tokens);
  JobServer(const JobServer&) = delete;
  JobServer& operator=(const JobServer&) = delete;
  ~JobServer();

  // Takes a token for a command about to run (make counts one job of its own as granted). Waits;
  // throws Interrupted.
  void acquire();
  void release();
  // Puts the full number back: a make that was killed took its tokens along. Call only while
  // nothing runs.
  void refill();

  int read_fd() const { return read_; }
  int write_fd() const { return write_; }
  std::string makeflags() const;  // value of MAKEFLAGS for a make that inherits the two descriptors
  int tokens() const { return tokens_; }

 private:
  int tokens_;
  int read_ = -1;
  int own_read_ = -1;  // the same end, for us
  int write_ = -1;
};

}  // namespace pytune
