// Gate: each patch alone and all together build, with every compiler, for this machine and for the
// target. The builds are those of a sweep's axis `patches`, and are kept like these.
#pragma once

#include <string>
#include <vector>

#include "toolchain/toolchain.h"
#include "verify/place_builds.h"
#include "verify/row.h"

namespace pytune {

// "gcc-12", "gcc-12 for neoverse-n1".
std::string place_name(const std::string& compiler, const Target* target);

// What is to be built in one place, without building it. `problem` is set where the compiler is
// missing or cannot do it; a patch that does not apply has its own.
PlaceBuilds plan_place(const VerifyContext& context, ToolchainProbe& probe, const Place& place,
                       const std::vector<Variant>& variants);

// Expected minutes on `cpus` CPUs of what the store lacks.
double builds_minutes(const Store& store, const std::vector<PlaceBuilds>& places, int cpus);

// Builds all of it, through the store.
void build_places(VerifyContext& context, std::vector<PlaceBuilds>& places);

std::vector<GateRow> builds_rows(const std::vector<PlaceBuilds>& places);

}  // namespace pytune
