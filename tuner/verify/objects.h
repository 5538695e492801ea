// Gate: where a patch is for AArch64 only, the code that is made for x86-64 is the same without and
// with it: its instructions, function by function, of every object that its sources go into.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/place_builds.h"

namespace pytune {

// Is the patch's header one of a patch that changes nothing on x86-64?
bool gated_off_x86(const PatchHeader& header);

// The objects that would be made of `paths` below `tree`, as make calls them: of a header, those of
// all sources that include it, or a header that does.
std::vector<std::string> objects_of(const std::filesystem::path& tree,
                                    const std::vector<std::string>& paths);

double objects_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places);
std::vector<GateRow> verify_objects(VerifyContext& context, const std::vector<PlaceBuilds>& places);

}  // namespace pytune
