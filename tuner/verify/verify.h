// The whole gate that a patch has to pass before it is shipped.
#pragma once

#include <string>
#include <vector>

#include "toolchain/toolchain.h"
#include "verify/place_builds.h"
#include "verify/row.h"

namespace pytune {

// The patches that `options` ask for: each alone, then all together.
std::vector<Variant> variants_to_apply(const PatchSeries& series, const VerifyOptions& options);
// Those that are built: reduced, all together only.
std::vector<Variant> variants_to_build(const PatchSeries& series, const VerifyOptions& options);

// Everything in one place after the other, planned and then run.
class Verification {
 public:
  explicit Verification(VerifyContext& context) : context_(context) {}

  // Compilers for this machine, or for `target`, whose probe knows it.
  void add_places(ToolchainProbe& probe, const Target* target);
  double expected_minutes() const;

  // What needs no interpreter.
  void check_sources();
  // Builds what was added.
  void build();
  // Nothing can be built for this target.
  void skip(const Target* target, const std::string& why);
  // What needs the builds.
  void check_builds();
  void add(GateRow row) { rows_.push_back(std::move(row)); }

  const std::vector<GateRow>& rows() const { return rows_; }

 private:
  void add_rows(const std::vector<GateRow>& rows);

  VerifyContext& context_;
  std::vector<PlaceBuilds> places_;
  std::vector<GateRow> rows_;
};

}  // namespace pytune
