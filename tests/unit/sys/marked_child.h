// A process that sleeps, with a mark in its environment as what pytune starts has it.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "sys/process_mark.h"
#include "unit/sys/scratch.h"

namespace pytune::sys_test {

class MarkedChild {
 public:
  explicit MarkedChild(const std::string& mark, const std::filesystem::path& directory = "/")
      : pid_(start(mark_entry(mark), directory)) {
    // Before its exec it still has our environment.
    eventually([this] {
      std::ifstream in("/proc/" + std::to_string(pid_) + "/comm");
      std::string name;
      return std::getline(in, name) && name == "sleep";
    });
  }
  MarkedChild(const MarkedChild&) = delete;
  MarkedChild& operator=(const MarkedChild&) = delete;
  ~MarkedChild() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  bool ended() const { return gone(pid_); }

 private:
  static pid_t start(const std::string& entry, const std::filesystem::path& directory) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    if (chdir(directory.c_str()) != 0) _exit(1);
    execle("/bin/sleep", "sleep", "1000", static_cast<char*>(nullptr),
           std::array<const char*, 3>{"PATH=/bin", entry.c_str(), nullptr}.data());
    _exit(1);
  }
  pid_t pid_;
};

}  // namespace pytune::sys_test
