// `pytune patches verify`: from a source to what each gate says of its patches.
#pragma once

#include <string>
#include <vector>

#include "campaign/cross_target.h"
#include "campaign/site.h"
#include "source/source.h"
#include "verify/place_builds.h"
#include "verify/row.h"

namespace pytune {

struct VerifyRequest {
  SourceRequest source;
  std::string minor;     // that the source must be of; empty: any
  TargetRequest target;  // without a name: this machine only; also: whether anything may be fetched
  VerifyOptions options;
};

struct Verified {
  Source source;
  std::vector<GateRow> rows;
};

// Throws UsageError where the source is of another version, or has no patches.
Verified verify_series(const Site& site, const VerifyRequest& request);

}  // namespace pytune
