// Two runs on one CPU measure each other.
#pragma once

#include <vector>

#include "machine/cpu_claim.h"
#include "store/store.h"
#include "sys/listener.h"

namespace pytune {

// The claim on the CPUs of a run: on all that it may run on where `cpus` is empty. With `wait` it
// waits for them, and says for whom; else throws Failure naming the CPUs and who has them.
[[nodiscard]] CpuClaim take_cpus(const Store& store, const std::vector<int>& cpus, bool wait,
                                 Listener& listener);

// The same, without taking them.
void wait_for_cpus(const Store& store, const std::vector<int>& cpus, bool wait, Listener& listener);

}  // namespace pytune
