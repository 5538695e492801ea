// `pytune sweep`: build several configurations, measure them, recommend one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "campaign/campaign.h"
#include "campaign/data_home.h"
#include "cli/console_style.h"
#include "cli/plan_text.h"
#include "cli/verb.h"
#include "input/json.h"
#include "input/small_file.h"
#include "input/suggestion.h"
#include "report/console.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr long kMostRounds = 1000;
constexpr double kStageMinutes = 180;

fs::path definition(const Options& options, const fs::path& home) {
  const auto presets = preset_names(home);
  if (options.given("preset") == options.given("spec"))
    throw UsageError(
        fmt::format("give --preset NAME or --spec FILE; presets: {}", fmt::join(presets, ", ")));
  if (options.given("spec")) {
    const fs::path file = options.text("spec");
    if (std::error_code none; !fs::exists(file, none))
      throw UsageError("--spec: " + absence_of(file));
    return file;
  }
  const std::string name = options.text("preset");
  if (std::find(presets.begin(), presets.end(), name) == presets.end())
    throw UsageError(fmt::format("unknown preset \"{}\"{}", name, suggestion(name, presets)));
  return home / "builds" / (name + ".json");
}

// What the definition says, overruled by options.
SweepSpec read_spec(const Options& options, const fs::path& home) {
  SweepSpec spec = load_sweep(definition(options, home));
  spec.source = options.text("source", spec.source);
  spec.target = options.text("target", spec.target);
  spec.suite = options.text("suite", spec.suite);
  MeasureSettings& measure = spec.measure;
  measure.rounds = static_cast<int>(options.number("rounds", 1, kMostRounds, measure.rounds));
  measure.confirm_rounds =
      static_cast<int>(options.number("confirm-rounds", 0, kMostRounds, measure.confirm_rounds));
  measure.rebuilds =
      static_cast<int>(options.number("rebuilds", 0, kMostRebuilds, measure.rebuilds));
  if (const auto problem = rebuilds_problem(measure))
    throw UsageError(fmt::format("--rebuilds {}", *problem));
  if (options.given("system-python") && options.given("no-system-python"))
    throw UsageError("--system-python or --no-system-python, not both");
  if (options.given("system-python")) measure.system_python = true;
  if (options.given("no-system-python")) measure.system_python = false;
  measure.workers.cpus = options.cpus();
  return spec;
}

TargetRequest read_target(const Options& options, const std::string& name) {
  if (name.empty() && options.given("sysroot"))
    throw UsageError("--sysroot is where the libraries of a --target are; give one, or drop it");
  if (!name.empty() && options.given("system-python"))
    throw UsageError(
        "--system-python is an interpreter of this machine, and --target counts those of another; "
        "leave one of them out");
  const bool plan = options.given("plan");
  if (plan && options.given("refresh"))
    throw UsageError("--refresh asks the mirror, and --plan fetches nothing; drop one of them");
  return {.name = name,
          .sysroot = options.text("sysroot"),
          .mirror = options.text("mirror"),
          .offline = plan || options.given("offline"),
          .refresh = options.given("refresh"),
          .plan = plan};
}

OthersMeasure read_others_measure(const Options& options) {
  if (!options.wait_allowed()) return OthersMeasure::refuse;
  return options.given("wait") ? OthersMeasure::wait : OthersMeasure::build_beside;
}

SweepRequest read_request(const Options& options, const fs::path& home) {
  SweepRequest request;
  request.spec = read_spec(options, home);
  request.source =
      parse_source(request.spec.source, options.text("sha256"), options.text("mirror"),
                   {.bundle = options.text("sigstore"), .signer = options.text("signer")});
  request.target = read_target(options, request.spec.target);
  if (options.given("budget")) request.budget_minutes = options.minutes("budget", 0);
  request.only_first = static_cast<int>(options.number("max", 2, kNoLimit, 0));
  request.parallel = options.at_once();
  request.stage_timeout =
      std::chrono::seconds(std::lround(options.minutes("stage-timeout", kStageMinutes) * 60));
  request.system_python = options.text("system-python");
  request.seed = options.seed();
  request.others_measure = read_others_measure(options);
  request.own_tests = !options.given("no-tests");
  request.pyperf_wheel = options.text("pyperf");
  request.training = options.texts("training");
  return request;
}

int show_plan(const Campaign& campaign, const SweepSpec& spec, bool json) {
  const std::string& origin = campaign.source().origin;
  if (json)
    std::cout << dump_json(plan_json(campaign.plan(), spec, origin), 1) << std::endl;
  else
    print_plan(std::cout, campaign.plan(), spec, origin);
  return 0;
}

int run_sweep(const Options& options) {
  const bool plan = options.given("plan");
  const ProgressMode mode = options.progress();
  Progress progress(plan ? ProgressMode::silent : mode);
  const fs::path home = data_home();
  const SweepRequest request = read_request(options, home);
  Store store(options.store(), plan ? StoreAccess::look : StoreAccess::work);
  store.tell(progress);
  SystemRunner runner;
  if (!plan) store.sweep_leftovers();
  Campaign campaign({store, runner, progress, home}, request);
  if (plan) return show_plan(campaign, request.spec, options.given("json"));
  const SweepResult result = campaign.run();
  progress.finish();
  if (options.given("json"))
    std::cout << dump_json(nlohmann::json(result), 1) << std::endl;
  else
    print_result(std::cout, result, console_style(options));
  return exit_status_of(result);
}

}  // namespace

Verb sweep_verb() {
  return {
      "sweep",
      "build several configurations, measure them side by side, and recommend one",
      "sweep (--preset NAME | --spec FILE) [OPTIONS]",
      {},
      {{"preset", "NAME",
        "Run a definition that comes with pytune: quick, best, arm-server, arm-server-counted, "
        "distributors."},
       {"spec", "FILE", "Run a definition of your own, a JSON file. See docs/sweep.md."},
       {"source", "WHAT",
        "CPython to build: debian:3.13, debian:newest, a tarball, a source tree, or a URL with "
        "--sha256 or a Sigstore bundle."},
       {"sha256", "HEX", "SHA-256 that the tarball or the URL must have."},
       {"sigstore", "FILE|URL",
        "Sigstore bundle that signs the tarball or the URL. Default for a URL without --sha256: "
        "the one beside it."},
       {"signer", "ID,ISSUER", "Who must have signed it. Default: its version's release manager."},
       {"target", "CPU",
        "Cross-build for this CPU (a name in profiles/cpus/) and count instructions under QEMU."},
       {"sysroot", "DIR",
        "Headers and libraries for --target. Default: those of Debian 12, fetched into the store."},
       {"mirror", "URL",
        "Debian mirror for debian:... sources. Default: the mirrors of this machine's apt."},
       {"offline", nullptr, "Do not use the network. Fail if the store lacks something."},
       {"refresh", nullptr, "Look for a newer Debian source package even if the store has one."},
       {"plan", nullptr,
        "Show configurations, dropped points, cached stages, time and disk space. Fetch, write and "
        "build nothing."},
       {"budget", "TIME",
        "Drop configurations until the sweep is estimated to fit into this time, such as 90m or "
        "1h30m."},
       {"max", "N", "Build at most N configurations, the baseline included; 2 or more."},
       {"jobs,j", "N", "Build stages to run at once. Default: by CPUs and memory."},
       {"stage-timeout", "TIME", "Give up a build stage after this time. Default: 3h."},
       {"suite", "NAME|FILE",
        "Workloads to measure, as for `pytune measure`. Default: the definition's, else builtin."},
       {"training", "FILE...",
        "Train builds (pgo=training) with this program of yours, too. May be given several times."},
       {"rounds", "N", "Rounds of the race. Default: the definition's, else 15."},
       {"confirm-rounds", "N",
        "Fresh rounds of winner and baseline; 0: none. Default: the definition's, else 15."},
       {"rebuilds", "N",
        "Rebuild winner and baseline N times (0, or 2 to 20), to tell flags from code layout."},
       {"cpus", "LIST", "Pin the measured processes to these CPUs, such as 0-3 or 0,2."},
       {"wait", nullptr,
        "While another run measures on the same CPUs, do not build either. Without it, only "
        "measuring waits for the other's end."},
       {"no-wait", nullptr, "Fail at once while another run measures on the same CPUs."},
       {"no-tests", nullptr, "Recommend a build without having run CPython's own tests on it."},
       {"seed", "N", "Seed of the random orders. Default: 1."},
       {"system-python", "FILE", "Interpreter to compare with. Default: /usr/bin/python3."},
       {"no-system-python", nullptr, "Measure the builds only."},
       {"pyperf", "FILE", "Wheel of pyperf, for machines that cannot reach PyPI."},
       {"json", nullptr, "Print the result, or the plan, as JSON on standard output."},
       no_color_option(),
       progress_option(),
       store_option()},
      run_sweep};
}

}  // namespace pytune
