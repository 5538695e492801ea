// Two runs on one CPU measure each other.
#pragma once

#include <optional>
#include <vector>

#include "machine/cpu_claim.h"
#include "store/store.h"
#include "sys/listener.h"

namespace pytune {

// Where another run measures on one of the CPUs: wait for its end, having said once for whom; or
// throw Failure naming the CPUs and who has them.
enum class WhenBusy { wait, fail };

// The claim on the CPUs of a run: on all that it may run on where `cpus` is empty.
[[nodiscard]] CpuClaim take_cpus(const Store& store, const std::vector<int>& cpus, WhenBusy busy,
                                 Listener& listener);

// The same, without taking them.
void wait_for_cpus(const Store& store, const std::vector<int>& cpus, WhenBusy busy,
                   Listener& listener);

// Whoever measures on one of them now.
std::optional<CpuHolder> who_measures(const Store& store, const std::vector<int>& cpus);

}  // namespace pytune
