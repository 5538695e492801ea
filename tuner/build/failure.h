// Why a build stage failed: a class, the telling line, a remedy, and whether trying again could
// help.
#pragma once

#include <string>

#include "build/build.h"
#include "sys/process.h"

namespace pytune {

// `log` is the text of the stage's log, `log_path` where it will be kept.
BuildFailure classify_failure(const std::string& stage, const Outcome& outcome,
                              const std::string& log, const std::string& log_path);

// Thrown by a stage; caught by the scheduler.
struct StageFailed {
  BuildFailure failure;
};

}  // namespace pytune
