#include "verify/verify_series.h"

#include <fmt/format.h>

#include <optional>

#include "campaign/fetched_compilers.h"
#include "input/text.h"
#include "patches/series.h"
#include "sys/cpus.h"
#include "sys/error.h"
#include "verify/verify.h"

namespace pytune {
namespace {

Source get_source(const Site& site, const VerifyRequest& request) {
  const Activity getting(site.listener, "getting " + request.source.text);
  Source source = provide_source(site.store, site.runner, request.source, request.target.offline,
                                 request.target.refresh);
  if (!request.minor.empty() && request.minor != source.minor)
    throw UsageError(fmt::format(
        "--source is CPython {}, and the patches asked for are for {}; leave --minor out, or give "
        "another source",
        source.version, printable(request.minor)));
  return source;
}

// Emulator, sysroot and cross compilers; without one of them nothing is built for the target, and
// the reason is a row.
std::optional<PreparedTarget> get_target(const Site& site, const TargetRequest& request,
                                         GateRow& row) {
  row = {"target", "", kSeriesRow, GateOutcome::skipped, "", ""};
  if (request.name.empty()) {
    row.why =
        "nothing was built or run for AArch64: give --target neoverse-n1 to have that done under "
        "an emulator";
    return std::nullopt;
  }
  const Activity getting(site.listener,
                         fmt::format("getting what it takes to build for {}", request.name));
  try {
    return prepare_target(site, request);
  } catch (const Failure& missing) {
    row.why =
        fmt::format("nothing was built or run for {}: {}", printable(request.name), missing.what());
    return std::nullopt;
  }
}

// The target's builds freeze their modules, and share bytecode, by an interpreter of this machine.
void prepare_freezing(Verification& verification, VerifyContext& context,
                      const PreparedTarget& target) {
  const Build build =
      build_bootstrap(target, context.building, context.options.parallel, context.listener);
  if (build.ok())
    context.building.native_prefix = build.prefix;
  else
    verification.skip(
        &target.target,
        fmt::format("the interpreter for this machine, which freezes the target's modules, does "
                    "not build: {}: {}; log: {}",
                    build.failure->failure_class, build.failure->message, build.failure->log));
}

}  // namespace

Verified verify_series(const Site& site, const VerifyRequest& request) {
  Verified verified{get_source(site, request), {}};
  const auto patches = site.home / "patches";
  const PatchSeries series = read_series(patches, verified.source.minor);
  const TrainingSet training = read_training_set(site.home / "profiles" / "training");
  JobServer jobs(usable_cpus());
  BuildContext building{site.store, site.runner, jobs, verified.source, training};
  VerifyContext context{building, series, patches, request.options, site.listener};
  std::string& patch = context.options.patch;
  if (!patch.empty()) patch = series.find(patch).name;

  Verification verification(context);
  ToolchainProbe native(site.runner);
  native.take_unpacked_from(fetched_compilers(site.store, site.runner, site.listener,
                                              {.mirror = request.target.mirror,
                                               .offline = request.target.offline,
                                               .refresh = request.target.refresh,
                                               .plan = false}));
  verification.add_places(native, nullptr);
  GateRow without_target;
  const auto target = get_target(site, request.target, without_target);
  ToolchainProbe cross(site.runner, target ? target->target.cross : CrossTarget());
  if (target) verification.add_places(cross, &target->target);
  site.listener.expect(verification.expected_minutes());
  verification.check_sources();
  if (target) prepare_freezing(verification, context, *target);
  verification.build();
  verification.check_builds();
  if (!target) verification.add(without_target);
  verified.rows = verification.rows();
  return verified;
}

}  // namespace pytune
