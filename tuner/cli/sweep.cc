#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "build/plan.h"
#include "build/scheduler.h"
#include "cli/console_style.h"
#include "cli/home.h"
#include "cli/measuring.h"
#include "cli/numeric.h"
#include "cli/plan_text.h"
#include "cli/progress.h"
#include "cli/suites.h"
#include "cli/sweep_measure.h"
#include "cli/targets.h"
#include "cli/values.h"
#include "cli/verb.h"
#include "input/suggestion.h"
#include "measure/pyperf_wheel.h"
#include "report/result.h"
#include "source/source.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSweepUsage = "sweep (--preset NAME | --spec FILE) [OPTIONS]";

std::vector<std::string> preset_names(const fs::path& home) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(home / "builds")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

SweepSpec read_spec(const po::variables_map& options, const fs::path& home) {
  if (options.contains("preset") == options.contains("spec"))
    throw UsageError(fmt::format("give --preset NAME or --spec FILE; presets: {}",
                                 fmt::join(preset_names(home), ", ")));
  fs::path file;
  if (options.contains("spec")) {
    file = options["spec"].as<std::string>();
    if (!fs::is_regular_file(file))
      throw UsageError(fmt::format("--spec: {}: no such file", file.string()));
  } else {
    const auto name = options["preset"].as<std::string>();
    const auto known = preset_names(home);
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(fmt::format("unknown preset \"{}\"{}", name, suggestion(name, known)));
    file = home / "builds" / (name + ".json");
  }
  SweepSpec spec = load_sweep(file);
  if (options.contains("source")) spec.source = options["source"].as<std::string>();
  if (options.contains("target")) spec.target = options["target"].as<std::string>();
  if (options.contains("suite")) spec.suite = options["suite"].as<std::string>();
  if (options.contains("rounds")) spec.measure.rounds = options["rounds"].as<int>();
  if (options.contains("confirm-rounds"))
    spec.measure.confirm_rounds = options["confirm-rounds"].as<int>();
  if (spec.measure.rounds < 1 || spec.measure.rounds > 1000)
    throw UsageError("--rounds must be between 1 and 1000");
  if (spec.measure.confirm_rounds < 0 || spec.measure.confirm_rounds > 1000)
    throw UsageError("--confirm-rounds must be between 0 and 1000");
  if (options.contains("rebuilds")) spec.measure.rebuilds = options["rebuilds"].as<int>();
  if (const auto error = rebuilds_problem(spec.measure))
    throw UsageError(fmt::format("--rebuilds {}", *error));
  if (options.contains("no-system-python")) spec.measure.system_python = false;
  return spec;
}

// For --plan, which fetches nothing: the source if the store has it, else a stand-in that no stage
// was ever made from.
Source source_for_plan(Store& store, ProcessRunner& runner, const SourceRequest& request) {
  try {
    return provide_source(store, runner, request, /*offline=*/true, /*refresh=*/false);
  } catch (const Failure&) {
    Source source;
    source.id = "notfetchedyet000";
    source.minor = request.minor.empty() ? "3.13" : request.minor;
    source.version = source.minor;
    source.origin = request.text + " (not fetched yet)";
    return source;
  }
}

// The patches for this version of CPython, where there are any.
std::optional<PatchSeries> series_for(const fs::path& home, const std::string& minor) {
  const auto minors = minors_with_patches(home / "patches");
  if (std::find(minors.begin(), minors.end(), minor) == minors.end()) return std::nullopt;
  return read_series(home / "patches", minor);
}

TargetRequest target_request(const SweepSpec& spec, const fs::path& home,
                             const po::variables_map& options) {
  TargetRequest request;
  request.home = home;
  request.name = spec.target;
  if (options.contains("sysroot")) request.sysroot = options["sysroot"].as<std::string>();
  if (options.contains("mirror")) request.mirror = options["mirror"].as<std::string>();
  request.plan = options.contains("plan");
  request.offline = options.contains("offline") || request.plan;
  request.refresh = options.contains("refresh");
  return request;
}

PlanRequest plan_request(const po::variables_map& options, const SweepSpec& spec,
                         const fs::path& home) {
  PlanRequest request;
  if (options.contains("budget"))
    request.budget_minutes = parse_minutes("--budget", options["budget"].as<std::string>());
  if (options.contains("max")) {
    request.only_first = options["max"].as<int>();
    if (request.only_first < 2)
      throw UsageError("--max must be at least 2: the baseline and something to compare it with");
  }
  request.workloads = expected_workloads(home, spec.suite);
  if (spec.measure.numeric_rounds > 0)
    request.numeric_workloads = expected_workloads(home, numeric_suite(!spec.target.empty()));
  request.cpus = read_host().cpus;
  return request;
}

void show(const SweepResult& result, const po::variables_map& options) {
  if (options.contains("json"))
    std::cout << nlohmann::json(result).dump(1) << std::endl;
  else
    print_result(std::cout, result, console_style(options));
}

// Keeps the bookkeeping of finished minutes for the ETA.
class BuildProgress {
 public:
  BuildProgress(Progress& progress, const Plan& plan, double minutes_before)
      : progress_(progress), plan_(plan), before_(minutes_before) {
    for (const auto& stage : plan.stages) total_ += stage.cpu_minutes;
  }

  BuildEvents events() {
    BuildEvents events;
    events.started = [this](const StageReport& r) {
      active_.push_back(label(r));
      progress_.update(activity(), minutes_done());
    };
    events.finished = [this](const StageReport& r) {
      std::erase(active_, label(r));
      for (const auto& stage : plan_.stages) {
        if (stage.id == r.stage->id) done_ += stage.cpu_minutes;
      }
      ++finished_;
      if (!r.ok)
        progress_.line(fmt::format("FAILED {}: {}: {}", label(r), r.failure->failure_class,
                                   r.failure->message));
      else if (!r.cached)
        progress_.line(fmt::format("[{}/{}] {} in {}", finished_, plan_.stages.size(), label(r),
                                   duration_text(r.wall_seconds / 60)));
      progress_.update(activity(), minutes_done());
    };
    return events;
  }

 private:
  static std::string label(const StageReport& r) {
    return fmt::format("{} ({})", r.stage->id.kind, r.configuration);
  }
  std::string activity() const {
    return fmt::format("{} of {} stages; {}", finished_, plan_.stages.size(),
                       fmt::join(active_, "; "));
  }
  double minutes_done() const {
    return before_ + (total_ > 0 ? plan_.build_minutes * done_ / total_ : 0);
  }

  Progress& progress_;
  const Plan& plan_;
  std::vector<std::string> active_;
  double before_ = 0;
  double total_ = 0;
  double done_ = 0;
  std::size_t finished_ = 0;
};

void warn_about_disk(const Plan& plan, const Store& store, Progress& progress) {
  const std::uint64_t free = free_bytes(store.root());
  if (free < plan.disk_bytes + (1ULL << 30U))
    progress.warn(
        fmt::format("{} has {:.1f} GB free and the plan takes about {:.1f} GB; free some space "
                    "(pytune store prune) or give --store DIR",
                    store.root().string(), static_cast<double>(free) / 1e9,
                    static_cast<double>(plan.disk_bytes) / 1e9));
}

std::optional<PreparedTarget> target_for(const SweepSpec& spec, Store& store, ProcessRunner& runner,
                                         const fs::path& home, const po::variables_map& options,
                                         Progress& progress) {
  if (spec.target.empty()) {
    if (options.contains("sysroot"))
      throw UsageError("--sysroot is where the libraries of a --target are; give one, or drop it");
    return std::nullopt;
  }
  if (options.contains("system-python"))
    throw UsageError(
        "--system-python is an interpreter of this machine, and --target counts those of another; "
        "leave one of them out");
  progress.update(fmt::format("getting what it takes to build for {}", spec.target), 0);
  return prepare_target(store, runner, target_request(spec, home, options));
}

// The target's builds freeze their modules, and share bytecode, by an interpreter of this machine.
void build_bootstrap(PreparedTarget& prepared, BuildContext& context, int parallel,
                     Progress& progress) {
  const Recipe recipe = bootstrap_recipe(prepared, context.source, context.training);
  BuildEvents events;
  events.started = [&](const StageReport& report) {
    progress.update(fmt::format("{} ({})", report.stage->id.kind, report.configuration), 0);
  };
  const Build build = run_builds(context, {recipe}, parallel, events).front();
  if (!build.ok())
    throw Failure(fmt::format(
        "the interpreter for this machine, which freezes the target's modules, does not build: {}: "
        "{}; {}; log: {}",
        build.failure->failure_class, build.failure->message, build.failure->remedy,
        build.failure->log));
  prepared.target.native_prefix = build.prefix;
}

// Debian's interpreter for the target, to compare with; and whether ours are the same program.
std::optional<Arm> compare_with_distributor(const PreparedTarget& prepared, const SweepSpec& spec,
                                            Store& store, ProcessRunner& runner,
                                            const TargetRequest& request, const std::string& minor,
                                            SweepResult& result, Progress& progress) {
  if (!spec.measure.system_python) return std::nullopt;
  progress.update("getting the distributor's interpreter", 0);
  auto arm = distributors_arm(store, runner, prepared, request, minor, result.system_python,
                              result.warnings);
  if (!arm) return std::nullopt;
  progress.update("asking the builds what they are", 0);
  std::string summary;
  for (std::string& fault :
       check_identities(store, runner, prepared, request.home, result.builds, *arm, summary))
    result.warnings.push_back(std::move(fault));
  progress.line(summary);
  return arm;
}

void add_build_warnings(SweepResult& result) {
  for (const auto& build : result.builds) {
    for (const auto& mismatch : build.flag_mismatches)
      result.warnings.push_back(fmt::format(
          "{}: {}; see the compile log, and the cflags axis if you set it", build.name, mismatch));
  }
}

nlohmann::json result_inputs(const SweepResult& result, const SweepSpec& spec,
                             const MeasureRequest& request) {
  nlohmann::json j = {
      {"sweep", spec.name},
      {"seed", request.seed},
      {"cpus", request.cpus},
      {"host", result.host.fingerprint()},
      {"rounds", spec.measure.rounds},
      {"confirm_rounds", spec.measure.confirm_rounds},
      {"values", spec.measure.values},
      {"warmups", spec.measure.warmups},
      {"min_time", spec.measure.min_time},
      {"system_python", spec.measure.system_python ? request.system_python : "none"},
      {"builds", nlohmann::json::array()}};
  if (spec.measure.rebuilds > 0) j["rebuilds"] = spec.measure.rebuilds;
  if (spec.measure.numeric_rounds > 0) {
    j["numeric_rounds"] = spec.measure.numeric_rounds;
    for (const auto& workload : request.numeric.workloads)
      j["numeric"].push_back(workload_identity(workload));
  }
  if (request.target != nullptr)
    j["emulated"] = {{"emulator", request.target->workers.emulator.sha256},
                     {"cpu", request.target->workers.cpu},
                     {"plugin", sha256_file(request.target->workers.plugin)},
                     {"distributors", request.distributors ? request.distributors->python : ""}};
  if (spec.measure.timeout != MeasureSettings().timeout) j["timeout"] = spec.measure.timeout;
  for (const auto& workload : request.suite.workloads)
    j["workloads"].push_back(workload_identity(workload));
  for (const auto& build : result.builds)
    j["builds"].push_back(
        {build.id, build.name, build.ok() ? build.code_sha256 : build.failure->failure_class});
  for (const auto& dropped : result.dropped)
    j["dropped"].push_back(nlohmann::json(dropped.configuration));
  return j;
}

}  // namespace

po::options_description sweep_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto number = [](const char* name) { return po::value<int>()->value_name(name); };
  options.add_options()(
      "preset", text("NAME"),
      "a definition that comes with pytune: quick, arm-server, arm-server-counted, distributors")(
      "spec", text("FILE"), "a definition of your own (JSON; see builds/)")(
      "source", text("WHAT"),
      "CPython to build: debian:3.13, debian:3.11, a tarball, a source tree, or a URL with "
      "--sha256")("sha256", text("HEX"), "what the tarball or URL must hash to")(
      "target", text("CPU"),
      "build for this CPU (neoverse-n1, ...; profiles/cpus/) of another architecture than this "
      "machine's: cross compilers, Debian's libraries, QEMU; instructions are counted, not times "
      "measured")(
      "sysroot", text("DIR"),
      "with --target: headers and libraries to build against (default: Debian 12's, kept in the "
      "store)")("mirror", text("URL"),
                "Debian mirror for debian:...; default: those of this machine's apt")(
      "offline", "use the network for nothing; what the store lacks is an error")(
      "refresh", "ask for a newer Debian source package even if the store has one")(
      "plan", "show configurations, dropped points, cached stages, minutes and disk; do nothing")(
      "budget", text("TIME"), "fit the plan into this time: 90m, 2h, 1h30m")(
      "max", number("N"), "at most N configurations")(
      "jobs,j", number("N"), "build stages under way at once; default: by CPUs and memory")(
      "stage-timeout", text("TIME"), "give a build stage up after this time (default 3h)")(
      "suite", text("NAME|FILE"),
      "workloads to measure: as `pytune measure --help` says (default: the definition's, builtin)")(
      "rounds", number("N"), "rounds of the race")(
      "confirm-rounds", number("N"), "fresh rounds of winner against baseline; 0: none")(
      "rebuilds", number("N"),
      "build the winner and the baseline N times anew, linked in another order and trained anew, "
      "and let the winner win by that: tells flags from code layout; 0: none, else 2 to 20")(
      "cpus", text("LIST"), "pin the measured processes to these CPUs: 0-3 or 0,2")(
      "wait", "wait while another run measures on the same CPUs, instead of failing")(
      "seed", po::value<std::uint64_t>()->value_name("N")->default_value(1),
      "of the random orders")("system-python", text("FILE"),
                              "the interpreter to compare with (default /usr/bin/python3)")(
      "no-system-python", "measure the builds only")(
      "pyperf", text("FILE"), "pyperf's wheel, where PyPI cannot be reached")(
      "json", "result (or plan) as JSON on stdout")("no-color",
                                                    "no colours; NO_COLOR does the same")(
      "progress", text("WHEN")->default_value("auto"), "auto, always (lines in a pipe), never");
  add_store_option(options);
  return options;
}

int run_sweep(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, sweep_options(), kSweepUsage);
  if (!parsed) return 0;
  const po::variables_map& options = *parsed;
  const auto option = [&](const char* name) {
    return options.contains(name) ? options[name].as<std::string>() : std::string();
  };
  const ProgressMode mode = progress_mode(option("progress"));

  const fs::path home = data_home();
  const SweepSpec spec = read_spec(options, home);
  const SourceRequest source_request =
      parse_source(spec.source, option("sha256"), option("mirror"));
  PlanRequest plan_wishes = plan_request(options, spec, home);
  MeasureRequest measuring;
  if (options.contains("cpus")) measuring.cpus = parse_cpus(option("cpus"));
  const double stage_timeout = options.contains("stage-timeout")
                                   ? parse_minutes("--stage-timeout", option("stage-timeout"))
                                   : 180;
  const int parallel =
      options.contains("jobs") ? options["jobs"].as<int>() : default_parallel_builds();
  if (parallel < 1 || parallel > 64) throw UsageError("--jobs must be between 1 and 64");

  Store store(options.contains("store") ? fs::path(option("store")) : default_store());
  SystemRunner runner;
  Progress progress(options.contains("plan") ? ProgressMode::silent : mode);
  auto target = target_for(spec, store, runner, home, options, progress);
  plan_wishes.target = target ? &target->target : nullptr;
  ToolchainProbe probe(runner, target ? target->target.cross : CrossTarget());
  const TrainingSet training = read_training_set(home / "profiles" / "training");
  if (options.contains("plan")) {
    const Source source = source_for_plan(store, runner, source_request);
    const auto series = series_for(home, source.minor);
    plan_wishes.series = series ? &*series : nullptr;
    const Plan plan = make_plan(spec, source, training, probe, store, plan_wishes);
    if (options.contains("json"))
      std::cout << plan_json(plan, spec, source.origin).dump(1) << std::endl;
    else
      print_plan(std::cout, plan, spec, source.origin);
    return 0;
  }

  store.sweep_leftovers();
  progress.update(fmt::format("getting {}", spec.source), 0);
  const Source source = provide_source(store, runner, source_request, options.contains("offline"),
                                       options.contains("refresh"));
  const auto series = series_for(home, source.minor);
  plan_wishes.series = series ? &*series : nullptr;
  progress.update("asking the compilers", 0);
  const Plan plan = make_plan(spec, source, training, probe, store, plan_wishes);
  progress.expect(plan.build_minutes + plan.rebuild_minutes + plan.measure_minutes);
  progress.line(
      fmt::format("{}: {} configurations of CPython {} ({} points dropped), about {} to build and "
                  "{} to measure",
                  spec.name, plan.recipes.size(), source.version, plan.dropped.size(),
                  duration_text(plan.build_minutes + plan.rebuild_minutes),
                  duration_text(plan.measure_minutes)));
  warn_about_disk(plan, store, progress);

  SweepResult result;
  result.preset = spec.name;
  result.host = read_host();
  for (const auto& dropped : plan.dropped)
    result.dropped.push_back({dropped.point.configuration.canonical(), dropped.reason});
  JobServer jobs(plan_wishes.cpus);
  BuildContext context{store,    runner,
                       jobs,     source,
                       training, std::chrono::seconds(static_cast<long>(stage_timeout * 60))};
  // Building would disturb whoever measures here now. After an hour of it, one who came since is
  // waited for.
  measuring.wait = options.contains("wait");
  if (std::any_of(plan.stages.begin(), plan.stages.end(),
                  [](const auto& s) { return !s.cached; })) {
    claim_cpus(store, measuring.cpus, measuring.wait, progress);
    measuring.wait = true;
  }
  if (target) {
    build_bootstrap(*target, context, parallel, progress);
    context.target = &target->target;
    result.target = spec.target;
  }
  BuildProgress stages(progress, plan, 0);
  result.builds =
      run_builds(context, plan.recipes, parallel, stages.events(), &plan.recipes.front());
  const Build& baseline = result.builds.front();
  if (!baseline.ok())
    throw Failure(fmt::format("the baseline does not build: {}: {}; {}; log: {}",
                              baseline.failure->failure_class, baseline.failure->message,
                              baseline.failure->remedy, baseline.failure->log));
  result.baseline_build = baseline.id;
  for (const auto& build : result.builds) result.build_minutes += build.build_seconds / 60;
  add_build_warnings(result);

  if (target) {
    measuring.target = &*target;
    measuring.distributors =
        compare_with_distributor(*target, spec, store, runner, target_request(spec, home, options),
                                 source.minor, result, progress);
  }
  measuring.home = home;
  measuring.suite = open_suite(home, spec.suite, {}, [&] {
    return provide_wheel(store, runner, pyperformance_pin(), source.tree, baseline.python, {}) /
           "pyperformance";
  });
  if (spec.measure.numeric_rounds > 0)
    measuring.numeric = open_suite(home, numeric_suite(target.has_value()), {}, {});
  measuring.pyperf_wheel = option("pyperf");
  measuring.system_python = option("system-python");
  measuring.seed = options["seed"].as<std::uint64_t>();
  measuring.minutes_before = plan.build_minutes;
  measuring.minutes = plan.measure_minutes - plan.numeric_minutes;
  measuring.numeric_minutes = plan.numeric_minutes;
  if (spec.measure.rebuilds > 0) {
    measuring.rebuild = [&](const Build& winner, double& minutes_done) {
      std::vector<Recipe> finalists{plan.recipes.front()};
      std::copy_if(plan.recipes.begin(), plan.recipes.end(), std::back_inserter(finalists),
                   [&](const Recipe& recipe) { return recipe.build.id.key == winner.id; });
      const Plan again = plan_rebuilds(finalists, spec.measure.rebuilds, source, training, store,
                                       plan_wishes.cpus);
      BuildProgress rebuilding(progress, again, minutes_done);
      auto builds = run_builds(context, again.recipes, parallel, rebuilding.events());
      minutes_done += plan.rebuild_minutes;
      return builds;
    };
  }
  const nlohmann::json inputs = result_inputs(result, spec, measuring);
  const StepId id{"sweep", step_key(inputs)};
  result.id = id.key;
  const Step step = store.produce(id, inputs, [&](const fs::path&) {
    measure_and_recommend(result, store, runner, source, spec, measuring, progress);
    result.created = utc_timestamp();
    return StepResult{true, nlohmann::json(result)};
  });
  if (step.cached) store.bring_to_front(id);
  progress.line("");
  const auto final_result = step.details.get<SweepResult>();
  show(final_result, options);
  return result_exit_status(final_result);
}

}  // namespace pytune
