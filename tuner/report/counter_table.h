// What the processor counted, beside the speeds it explains.
#pragma once

#include <functional>
#include <string>

#include "analyze/counters.h"
#include "report/console.h"

namespace pytune {

// Prints nothing when nothing was counted. `label` names an arm. Figures that perf scaled up
// (multiplexing) are marked with '~'.
void print_counters(const Page& page, const CounterComparison& counters,
                    const std::function<std::string(const std::string& arm)>& label);

}  // namespace pytune
