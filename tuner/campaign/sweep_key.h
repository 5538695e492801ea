#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "build/plan.h"
#include "campaign/contest.h"
#include "campaign/sweep_request.h"

namespace pytune {

// Everything that can change a sweep's result, once its builds are there: the inputs of its step.
nlohmann::json sweep_inputs(const SweepRequest& request, const Plan& plan,
                            const std::vector<Build>& builds, const Entrants& entrants);

}  // namespace pytune
