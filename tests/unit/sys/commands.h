// What tests of commands share: a directory, a runner, and what a script has written.
#pragma once

#include <string>

#include "sys/process.h"
#include "unit/sys/scratch.h"

namespace pytune::sys_test {

class Commands : public Scratch {
 protected:
  void SetUp() override { clear_stop_request(); }
  void TearDown() override { clear_stop_request(); }

  static Command shell(const std::string& script) {
    Command command;
    command.argv = {"/bin/sh", "-c", script};
    return command;
  }
  Outcome run(const Command& command) { return runner_.run(command); }
  long written_pid(const std::string& name) const {
    eventually([&] {
      std::error_code ignored;
      const auto size = std::filesystem::file_size(at(name), ignored);
      return !ignored && size > 0 && read_file(at(name)).back() == '\n';
    });
    return std::stol(read_file(at(name)));
  }

 private:
  SystemRunner runner_;
};

}  // namespace pytune::sys_test
