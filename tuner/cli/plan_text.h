// `--plan` for people and for machines.
#pragma once

#include <ostream>

#include <nlohmann/json.hpp>

#include "build/plan.h"

namespace pytune {

void print_plan(std::ostream& out, const Plan& plan, const SweepSpec& spec,
                const std::string& source);
nlohmann::ordered_json plan_json(const Plan& plan, const SweepSpec& spec,
                                 const std::string& source);

}  // namespace pytune
