#include "verify/verify.h"

#include <algorithm>

#include "verify/applies.h"
#include "verify/builds.h"
#include "verify/differential.h"
#include "verify/generated.h"
#include "verify/micro_benchmarks.h"
#include "verify/objects.h"
#include "verify/test_suite.h"

namespace pytune {

std::vector<Variant> variants_to_apply(const PatchSeries& series, const VerifyOptions& options) {
  std::vector<Variant> variants;
  for (const auto& patch : series.patches)
    if (options.patch.empty() || options.patch == patch.name)
      variants.push_back({patch.name, {patch}});
  if (options.patch.empty()) variants.push_back({kSeriesRow, series.patches});
  return variants;
}

std::vector<Variant> variants_to_build(const PatchSeries& series, const VerifyOptions& options) {
  auto variants = variants_to_apply(series, options);
  if (options.reduced && options.patch.empty())
    variants.erase(variants.begin(), variants.end() - 1);
  return variants;
}

void Verification::add_places(ToolchainProbe& probe, const Target* target) {
  const auto variants = variants_to_build(context_.series, context_.options);
  std::vector<CompilerFamily> families = {CompilerFamily::gcc};
  if (!context_.options.reduced) families.push_back(CompilerFamily::clang);
  for (const auto family : families) {
    const auto found = probe.discover(family);
    // Of none, the probe says what to install.
    const std::string compiler = found.empty() ? std::string(to_string(family)) : found.front();
    places_.push_back(plan_place(context_, probe, {compiler, target}, variants));
  }
}

double Verification::expected_minutes() const {
  return builds_minutes(context_.store(), places_, context_.building.jobs.tokens()) +
         objects_minutes(context_, places_) + differential_minutes(context_, places_) +
         test_minutes(context_, places_) + benchmark_minutes(context_, places_);
}

void Verification::add_rows(const std::vector<GateRow>& rows) {
  rows_.insert(rows_.end(), rows.begin(), rows.end());
}

void Verification::check_sources() {
  const auto variants = variants_to_apply(context_.series, context_.options);
  add_rows(verify_applies(context_.building.source.tree, variants));
  // Only what applies has generated files.
  std::vector<Variant> applied;
  for (const auto& variant : variants_to_build(context_.series, context_.options))
    if (std::any_of(rows_.begin(), rows_.end(), [&](const GateRow& row) {
          return row.patch == variant.patch && row.outcome == GateOutcome::passed;
        }))
      applied.push_back(variant);
  add_rows(verify_generated(context_, applied));
}

void Verification::build() {
  build_places(context_, places_);
  add_rows(builds_rows(places_));
}

void Verification::skip(const Target* target, const std::string& why) {
  for (auto& place : places_) {
    if (place.place.target != target) continue;
    place.recipe.reset();
    place.patched.clear();
    place.problem = why;
  }
}

void Verification::check_builds() {
  add_rows(verify_objects(context_, places_));
  add_rows(verify_differential(context_, places_));
  add_rows(verify_tests(context_, places_));
  add_rows(verify_benchmarks(context_, places_));
}

}  // namespace pytune
