// A directory of its own for every test, and what several tests ask of commands.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune::sys_test {

class Scratch : public ::testing::Test {
 protected:
  std::filesystem::path at(const std::string& name) const { return directory_.path() / name; }
  const std::filesystem::path& root() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_{std::filesystem::temp_directory_path(), "pytune-test"};
};

inline void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The text of the exception `action` throws; empty when it throws none of that type.
template <class Error>
std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// Dead, or a zombie nobody waits for.
inline bool gone(long pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return true;
  const std::size_t state = line.rfind(')') + 2;
  return state >= line.size() || line[state] == 'Z' || line[state] == 'X';
}

// Runs `action` in a forked child; its exit status is the result, 99 when it throws.
inline int in_child(const std::function<int()>& action) {
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      _exit(action());
    } catch (...) {
      _exit(99);
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace pytune::sys_test
