#include "campaign/campaign.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/hardening.h"
#include "campaign/arms.h"
#include "campaign/fetched_compilers.h"
#include "campaign/find_arm.h"
#include "campaign/ineffective_variables.h"
#include "campaign/networks.h"
#include "campaign/qualify.h"
#include "campaign/sweep_key.h"
#include "conformance/test_names.h"
#include "input/text.h"
#include "interpreter/wheel.h"
#include "patches/series.h"
#include "spec/arm_words.h"
#include "spec/environment.h"
#include "sys/cpus.h"
#include "sys/duration.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// A misspelt suite, and a training program that is none, are told before anything is fetched, and
// what is no interpreter before an hour of building.
SweepRequest checked(SweepRequest request, const Site& site) {
  static_cast<void>(expected_suite(site.home, request.spec.suite));
  static_cast<void>(read_training_set(site.home / "profiles" / "training", request.training));
  if (request.spec.measure.system_python && !request.system_python.empty())
    static_cast<void>(system_arm(site.runner, request.system_python));
  return request;
}

std::optional<PreparedTarget> prepare(const Site& site, const TargetRequest& request) {
  if (request.name.empty()) return std::nullopt;
  const Activity getting(site.listener,
                         fmt::format("getting what it takes to build for {}", request.name));
  return prepare_target(site, request);
}

// A plan fetches and writes nothing. Of what must be fetched first it is a plan of a stand-in that
// no stage was ever made from.
Source planned_source(const Site& site, const SourceRequest& request) {
  if (auto known = foresee_source(site.store, request)) return *std::move(known);
  Source source;
  source.id = "notfetchedyet000";
  const DebianWish& wish = request.debian;
  source.minor = wish.minor.empty() ? "3.13" : wish.minor;
  source.version = wish.version.empty() ? source.minor : wish.version;
  source.origin = fmt::format("{} (not fetched yet{})", printable(without_password(request.text)),
                              wish.minor.empty() ? "; planned as if it were 3.13" : "");
  return source;
}

Source get_source(const Site& site, const SweepRequest& request) {
  if (request.target.plan) return planned_source(site, request.source);
  const Activity getting(site.listener, fmt::format("getting {}", request.spec.source));
  return provide_source(site.store, site.runner, request.source, request.target.offline,
                        request.target.refresh);
}

// The patches for this version of CPython, where there are any.
std::optional<PatchSeries> series_for(const fs::path& home, const std::string& minor) {
  const auto minors = minors_with_patches(home / "patches");
  if (std::find(minors.begin(), minors.end(), minor) == minors.end()) return std::nullopt;
  return read_series(home / "patches", minor);
}

PlanRequest plan_request(const SweepRequest& request, const fs::path& home, int cpus) {
  const bool emulated = !request.spec.target.empty();
  PlanRequest wishes;
  wishes.budget_minutes = request.budget_minutes;
  wishes.only_first = request.only_first;
  const ExpectedSuite suite = expected_suite(home, request.spec.suite);
  wishes.workloads = suite.workloads;
  wishes.least_seconds = suite.least_seconds;
  if (request.spec.measure.numeric_rounds > 0)
    wishes.numeric_workloads = expected_suite(home, numeric_suite(emulated)).workloads;
  wishes.cpus = cpus;
  wishes.emulated = emulated;
  if (request.own_tests)
    wishes.test_minutes =
        qualifying_minutes(qualifying_tests(home, emulated).size(), emulated, request.parallel);
  return wishes;
}

void add_flag_warnings(const std::vector<Build>& builds, std::vector<std::string>& warnings) {
  for (const auto& build : builds) {
    for (const auto& mismatch : build.flag_mismatches)
      warnings.push_back(fmt::format(
          "{}: {}; see the compile log, and the cflags axis if you set it", build.name, mismatch));
  }
}

// Why a build cannot be compared with the baseline: it has other modules.
std::optional<BuildFailure> other_modules(const Build& baseline, const Build& build) {
  const auto expected = extension_modules(baseline.prefix);
  const auto there = extension_modules(build.prefix);
  const NameDifference difference =
      compare_names({expected.begin(), expected.end()}, {there.begin(), there.end()});
  BuildFailure failure;
  failure.stage = stage_name(StageKind::compile);
  if (!difference.only_before.empty()) {
    failure.failure_class = "modules-missing";
    failure.message =
        "lacks modules that the baseline has: " + with_packages(difference.only_before);
    failure.remedy = "see its log for why; then run the sweep again";
  } else if (!difference.only_after.empty()) {
    failure.failure_class = "modules-differ";
    failure.message =
        "has modules that the baseline lacks: " + with_packages(difference.only_after);
    failure.remedy =
        "the baseline was built before their libraries came; pytune store prune, then run the "
        "sweep again";
  } else {
    return std::nullopt;
  }
  return failure;
}

// `recipes` are those of `builds`, the baseline first.
void compare_modules(const Store& store, const std::vector<Recipe>& recipes,
                     std::vector<Build>& builds) {
  for (std::size_t i = 1; i < builds.size(); ++i) {
    if (!builds[i].ok()) continue;
    builds[i].failure = other_modules(builds.front(), builds[i]);
    if (!builds[i].ok())
      builds[i].failure->log = (store.directory(recipes[i].compile.id) / "log.txt").string();
  }
}

void add_module_warning(const Build& baseline, std::vector<std::string>& warnings) {
  if (baseline.missing_modules.empty()) return;
  warnings.push_back(fmt::format(
      "the builds lack modules of the standard library: {}; to have them, install the packages and "
      "run the sweep again",
      with_packages(baseline.missing_modules)));
}

// A build that was made to run with variables is none where they do nothing. What they preload, by
// Build::id.
std::map<std::string, std::string> require_environments(ProcessRunner& runner, const Target* target,
                                                        std::vector<Build>& builds) {
  std::map<std::string, std::string> preloaded;
  for (Build& build : builds) {
    Interpreter interpreter = interpreter_of(build, target);
    if (!build.ok() || interpreter.variables.empty()) continue;
    if (const auto why = why_ineffective(interpreter, runner))
      build.failure = {stage_name(StageKind::finish),
                       "no-effect",
                       *why,
                       "leave this value of the axis out, or mend what it names",
                       "",
                       false};
    else if (!interpreter.preloaded.empty())
      preloaded[build.id] = interpreter.preloaded;
  }
  return preloaded;
}

// Of the variables that the loader reads, asked of an interpreter that is there before any build.
std::function<std::optional<std::string>(const Environment&)> loader_question(
    ProcessRunner& runner, const Target* target) {
  auto python = find_program("/usr/bin/python3");
  if (!python) python = find_program("python3");  // a shim of a version manager, maybe
  if (target != nullptr || !python) return {};
  std::map<Environment, std::optional<std::string>> known;
  return [&runner, python = python->string(),
          known](const Environment& variables) mutable -> std::optional<std::string> {
    const auto [answer, fresh] = known.emplace(variables, std::nullopt);
    if (!fresh) return answer->second;
    Interpreter interpreter{.python = python};
    for (const auto& variable : variables)
      if (is_loaders_variable(variable.first)) interpreter.variables.insert(variable);
    interpreter.name = trim(shown_variables(interpreter.variables));
    try {
      require_loader_takes(interpreter, runner);
    } catch (const UsageError& problem) {
      answer->second = problem.what();
    }
    return answer->second;
  };
}

[[noreturn]] void refuse_without(const char* what, const Build& build) {
  throw Failure(fmt::format("{} does not build: {}: {}; {}; log: {}", what,
                            build.failure->failure_class, build.failure->message,
                            build.failure->remedy, build.failure->log));
}

}  // namespace

Campaign::Campaign(const Site& site, SweepRequest request)
    : site_(site),
      request_(checked(std::move(request), site_)),
      prepared_(prepare(site_, request_.target)),
      training_(read_training_set(site_.home / "profiles" / "training", request_.training)),
      source_(get_source(site_, request_)),
      series_(series_for(site_.home, source_.minor)),
      cpus_(usable_cpus()),
      plan_([&] {
        ToolchainProbe probe(site_.runner, prepared_ ? prepared_->target.cross : CrossTarget());
        probe.take_unpacked_from(
            fetched_compilers(site_.store, site_.runner, site_.listener,
                              {.mirror = request_.target.mirror,
                               .offline = request_.target.offline && !request_.target.plan,
                               .refresh = request_.target.refresh,
                               .plan = request_.target.plan}));
        const fs::path file = site_.store.root() / "trials";
        PassedTrials passed = PassedTrials::read(file);
        probe.take_passed_from(passed);
        const Activity asking(site_.listener, "asking the compilers");
        Plan plan = make_plan(request_.spec,
                              {source_, training_, target(), series_ ? &*series_ : nullptr,
                               loader_question(site_.runner, target())},
                              probe, site_.store, plan_request(request_, site_.home, cpus_));
        if (site_.store.access() == StoreAccess::work) passed.write(file);
        return plan;
      }()),
      jobs_(cpus_),
      building_{site_.store, site_.runner, jobs_, source_, training_, request_.stage_timeout} {}

void Campaign::announce() const {
  const double build_minutes = plan_.build_minutes + plan_.rebuild_minutes;
  site_.listener.expect(build_minutes + plan_.measure_minutes + plan_.test_minutes);
  site_.listener.line(
      fmt::format("{}: {} configurations of CPython {} ({} points dropped), about {} to build and "
                  "{} to measure",
                  request_.spec.name, plan_.recipes.size(), source_.version, plan_.dropped.size(),
                  duration_text(build_minutes), duration_text(plan_.measure_minutes)));
  const std::uint64_t free = free_bytes(site_.store.root());
  if (free < plan_.disk_bytes + (1ULL << 30U))
    site_.listener.warn(
        fmt::format("{} has {:.1f} GB free and the plan takes about {:.1f} GB; free some space "
                    "(pytune store prune) or give --store DIR",
                    site_.store.root().string(), static_cast<double>(free) / 1e9,
                    static_cast<double>(plan_.disk_bytes) / 1e9));
}

// Building needs no CPU for itself, and takes so long that who measures now has ended by then. But
// it disturbs them, so it is said, and can be had otherwise.
void Campaign::heed_who_measures() {
  const bool builds = std::any_of(plan_.stages.begin(), plan_.stages.end(),
                                  [](const auto& stage) { return !stage.cached; });
  if (!builds) return;
  const std::vector<int>& cpus = request_.spec.measure.workers.cpus;
  switch (request_.others_measure) {
    case OthersMeasure::build_beside:
      if (const auto holder = who_measures(site_.store, cpus))
        site_.listener.warn(
            fmt::format("{}, which building disturbs; --wait waits for its end before building too",
                        holder->sentence()));
      return;
    case OthersMeasure::wait:
      wait_for_cpus(site_.store, cpus, WhenBusy::wait, site_.listener);
      return;
    case OthersMeasure::refuse:
      wait_for_cpus(site_.store, cpus, WhenBusy::fail, site_.listener);
      // After all the building, one who came since is waited for.
      request_.others_measure = OthersMeasure::wait;
  }
}

// What measuring needs from the network, before the building that would be in vain without it. It
// is fetched by one of the builds otherwise.
void Campaign::fetch_ahead() {
  const auto python = find_program("python3");
  const fs::path& given = request_.pyperf_wheel;
  if (given.empty() && (!python || request_.target.offline)) return;
  const Activity getting(site_.listener, "getting pyperf, which measures");
  try {
    static_cast<void>(provide_wheel(site_.store, site_.runner, pyperf_pin(),
                                    {source_.tree, python.value_or("").string(), given}));
  } catch (const Failure& failure) {
    if (!given.empty()) throw;  // it will be no other file later
    site_.listener.warn(
        fmt::format("{}; it is tried again when the builds are done, and they stay in the store",
                    failure.what()));
  }
}

std::vector<Build> Campaign::build() {
  if (prepared_) {
    const Build bootstrap =
        build_bootstrap(*prepared_, building_, request_.parallel, site_.listener);
    if (!bootstrap.ok())
      refuse_without("the interpreter for this machine, which freezes the target's modules,",
                     bootstrap);
    building_.native_prefix = bootstrap.prefix;
  }
  auto builds = run_builds(building_,
                           {.recipes = plan_.recipes,
                            .parallel = request_.parallel,
                            .minutes = expected_minutes(plan_),
                            .indispensable = &plan_.recipes.front()},
                           site_.listener);
  if (!builds.front().ok()) refuse_without("the baseline", builds.front());
  for (Build& build : builds)
    if (build.ok()) build.missing_modules = missing_modules(source_.tree, build.prefix);
  require_hardening(site_.store, builds.front(), plan_.recipes, builds);
  if (!builds.front().ok()) refuse_without("the baseline", builds.front());
  compare_modules(site_.store, plan_.recipes, builds);
  preloaded_ = require_environments(site_.runner, target(), builds);
  if (!builds.front().ok()) refuse_without("the baseline", builds.front());
  return builds;
}

// Debian's interpreter for the target, to compare with; and whether ours are the same program.
std::optional<Arm> Campaign::enter_distributors(const std::vector<Build>& builds,
                                                std::vector<std::string>& warnings) {
  if (!prepared_ || !request_.spec.measure.system_python) return std::nullopt;
  const Activity asking(site_.listener, "asking the builds, and the distributor's, what they are");
  auto arm = distributors_arm(site_, prepared_->target, request_.target, source_.minor, warnings);
  if (!arm) return std::nullopt;
  const IdentityCheck check = check_identities(site_, prepared_->target, builds, *arm);
  warnings.insert(warnings.end(), check.faults.begin(), check.faults.end());
  site_.listener.line(check.summary);
  return arm;
}

Entrants Campaign::enter(const std::vector<Build>& builds, std::vector<std::string>& warnings) {
  Entrants entrants;
  entrants.host = read_host();
  entrants.target = target();
  entrants.reference = enter_distributors(builds, warnings);
  entrants.suite = open_suite(site_.home, request_.spec.suite, {}, [&] {
    const WheelOrigin origin{source_.tree, native_python(builds.front()).string()};
    return provide_wheel(site_.store, site_.runner, pyperformance_pin(), origin) / "pyperformance";
  });
  entrants.preloaded = preloaded_;
  if (request_.own_tests) entrants.qualifying = qualifying_tests(site_.home, prepared_.has_value());
  if (request_.spec.measure.numeric_rounds > 0)
    entrants.numeric = open_suite(site_.home, numeric_suite(prepared_.has_value()), {}, {});
  return entrants;
}

SweepResult Campaign::run() {
  announce();
  fetch_ahead();
  heed_who_measures();
  const std::vector<Build> builds = build();
  std::vector<std::string> warnings;
  add_flag_warnings(builds, warnings);
  add_module_warning(builds.front(), warnings);
  const Entrants entrants = enter(builds, warnings);
  const nlohmann::json inputs = sweep_inputs(request_, plan_, builds, entrants);
  const StepId id{"sweep", step_key(inputs)};
  const Step step = site_.store.produce(id, inputs, [&](const fs::path&) {
    SweepResult result;
    result.id = id.key;
    result.preset = request_.spec.name;
    result.host = entrants.host;
    result.builds = builds;
    result.baseline_build = builds.front().id;
    result.target = request_.spec.target;
    result.warnings = warnings;
    for (const auto& dropped : plan_.dropped)
      result.dropped.push_back({dropped.point.configuration.canonical(), dropped.reason});
    for (const auto& build : builds) result.build_minutes += build.build_seconds / 60;
    Contest(site_, request_, builds, entrants, {building_, plan_, request_.parallel}).run(result);
    result.created = utc_timestamp();
    return StepResult{true, nlohmann::json(result)};
  });
  if (step.cached) site_.store.bring_to_front(id);
  return step.details.get<SweepResult>();
}

}  // namespace pytune
