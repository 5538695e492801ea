// `pytune measure --flame-graph DIR`: where each interpreter's time went.
#pragma once

#include <filesystem>

#include "cli/measuring.h"
#include "cli/progress.h"
#include "report/measure_result.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

// Writes DIR/<arm>.svg for each interpreter but the baseline's copy, all workloads in one, from
// worker processes of their own. What cannot be had is a note with a reason, and no failure.
void draw_flame_graphs(MeasureResult& result, Measuring& measuring, Store& store,
                       ProcessRunner& runner, const std::filesystem::path& directory,
                       Progress& progress);

}  // namespace pytune
