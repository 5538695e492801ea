// Gate: without and with the patches, an interpreter answers the same to very many inputs. The
// program (patches/differential.py) prints one digest for each area; nothing knows the right
// answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verify/place_builds.h"

namespace pytune {

struct AreaDigest {
  std::string area;
  long inputs = 0;
  std::string digest;
};

// "AREA INPUTS DIGEST" lines, of an interpreter that may be broken. Throws Failure: `shown`, and
// the line that is none.
std::vector<AreaDigest> parse_digests(std::string_view output, const std::string& shown);

// The areas that differ, in words; empty: none does.
std::string differing_areas(const std::vector<AreaDigest>& before,
                            const std::vector<AreaDigest>& after);

double differential_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places);
std::vector<GateRow> verify_differential(VerifyContext& context,
                                         const std::vector<PlaceBuilds>& places);

}  // namespace pytune
