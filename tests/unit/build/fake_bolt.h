// llvm-bolt copies, what it instrumented leaves one profile a run, and merge-fdata joins.
#pragma once

#include <filesystem>
#include <string>

#include "sys/process.h"
#include "unit/build/fake_machine.h"
#include "unit/sys/scratch.h"

namespace pytune::build_test {

class FakeBolt {
 public:
  bool leaves_profile = true;

  Outcome run(const Command& command) {
    const std::filesystem::path program = command.argv.front();
    if (program.filename() == "setarch" && has_word(command, "run.py") && leaves_profile)
      sys_test::write(counts_ + ".77.fdata", "counts");
    if (program.filename() == "merge-fdata") sys_test::write(command.argv[2], "merged");
    if (program.filename() == "llvm-bolt") rewrite(command);
    return {};
  }

 private:
  void rewrite(const Command& command) {
    const std::string counts = rest_of(command, "-instrumentation-file=");
    if (!counts.empty()) counts_ = counts;
    sys_test::write(command.argv.back(), counts.empty() ? "rewritten" : "counting");
  }

  std::string counts_;
};

}  // namespace pytune::build_test
