// The file that one process leaves: a line of JSON, in the folder that the option `out` names.
//
//   {"format": "pytune-counts", "version": 1,
//    "guest": "aarch64", "program": "/usr/bin/python3.11", "pid": 71, "ended": "exit" or "exec",
//    "counts": {"instructions": 1234, "branches": 250, ...},
//    "predictions": {"indirect-branches": 1234, "last-target-misses": 200, "history-misses": 40},
//    "files": ["", "/usr/bin/python3.11", ...],
//    "blocks": [[file, offset, executions, instructions], ...]}
//
// `counts` has instructions and the kinds of instruction_kinds.h that are found for the guest; what
// is not there was not counted. `files` and `blocks` are there when functions=on: where in which
// file a block of code begins, how often it ran and the instructions that makes. Code of no file
// is in the first, whose name is empty, at the emulator's address. `predictions` is there when
// predict=on; the last branch of a thread, which no block follows, is not in it. `ended` is "exec"
// for a process that became another program, which leaves a file of its own.
//
// The file is named PID-NANOSECONDS-NUMBER, with ".running" behind it from the process's first
// moment and ".json" from its last: what still is ".running" was killed before it could write, and
// its counts are lost. A name with ".json" is complete, for it gets that by renaming; nothing is
// forced to the disk, since whoever reads it does so at once. Bytes of a name above 0x7F are
// written \u0080 to \u00ff.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/block_counts.h"
#include "emulator/branch_predictors.h"

namespace pytune::emulator {

struct ProcessCounts {
  const std::string& program;
  const char* ended;
  const Totals& totals;
  const PlaceTable& places;
  const std::vector<std::string>& files;  // none: not counted by place
  std::optional<PredictionCounts> predictions = std::nullopt;
};

class CountsFile {
 public:
  CountsFile(std::string folder, std::string guest, KindMask kinds);
  // This process has begun; false: the folder cannot be written to.
  bool begin();
  // It ends; false: not written.
  bool write(const ProcessCounts& counts);

 private:
  std::string folder_, guest_;
  KindMask kinds_;
  std::string running_;  // empty: not begun
  unsigned number_ = 0;
};

}  // namespace pytune::emulator
