// Gate: the same of CPython's own tests fail, by name, without and with the patches. Each test file
// is a process of its own and a step of its own, so that a killed run goes on where it was.
#pragma once

#include <vector>

#include "verify/place_builds.h"

namespace pytune {

double test_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places);
std::vector<GateRow> verify_tests(VerifyContext& context, const std::vector<PlaceBuilds>& places);

}  // namespace pytune
