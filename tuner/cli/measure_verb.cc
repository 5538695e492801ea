// `pytune measure`: any interpreters side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "campaign/data_home.h"
#include "campaign/find_arm.h"
#include "campaign/side_by_side.h"
#include "cli/exports.h"
#include "cli/verb.h"
#include "report/flame_graph.h"
#include "sys/cpus.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMeasureUsage = "measure PYTHON PYTHON... [OPTIONS]";
constexpr double kPrecision = 0.5;  // per cent
constexpr double kMinutes = 15;

// After a number of rounds, or once every interval is as narrow as asked.
std::unique_ptr<StopRule> stop_rule(const Options& options) {
  if (options.given("rounds")) {
    if (options.given("precision") || options.given("time"))
      throw UsageError("--rounds says when to stop; leave --precision and --time out, or it");
    return std::make_unique<FixedRounds>(static_cast<int>(options.number("rounds", 1, 1000, 1)));
  }
  const double percent = options.real("precision", kPrecision);
  if (percent < 0.01 || percent > 50)
    throw UsageError("--precision is in percent, between 0.01 and 50");
  return std::make_unique<UntilPrecise>(percent / 100, options.minutes("time", kMinutes));
}

void refuse_with_emulate(const Options& options) {
  if (!options.given("emulate")) return;
  for (const char* other : {"throughput", "price", "counters", "flame-graph", "pyperf-json"}) {
    if (options.given(other))
      throw UsageError(fmt::format(
          "--{} is about times, and --emulate counts instructions; leave one of them out", other));
  }
}

WorkerSettings read_workers(const Options& options) {
  WorkerSettings workers;
  workers.cpus = options.cpus();
  workers.all_cpus_at_once = options.given("throughput");
  const auto cpus = workers.cpus.empty() ? allowed_cpus().size() : workers.cpus.size();
  if (options.given("lanes")) {
    const long lanes = options.number("lanes", 1, kNoLimit, 1);
    if (lanes > static_cast<long>(cpus))
      throw UsageError(fmt::format("--lanes must be between 1 and {}, the number of CPUs", cpus));
    workers.lanes = static_cast<int>(lanes);
  }
  if (workers.all_cpus_at_once && workers.lanes > 1)
    throw UsageError("--throughput uses all CPUs at once; leave --lanes out, or it");
  if (options.given("timeout"))
    workers.timeout =
        std::chrono::seconds(std::max(1L, std::lround(options.minutes("timeout", 0) * 60)));
  workers.memory_limit = options.bytes("memory-limit");
  return workers;
}

double read_price(const Options& options) {
  if (!options.given("price")) return 0;
  if (!options.given("throughput"))
    throw UsageError("--price is for work per unit of money, which --throughput measures; add it");
  const double price = options.real("price", 0);
  if (price <= 0) throw UsageError("--price must be above 0");
  return price;
}

SideBySideRequest read_request(const Options& options) {
  SideBySideRequest request;
  request.interpreters = with_preloads(options.texts("python"), options.texts("preload"));
  if (request.interpreters.size() == 1 && options.given("preload"))
    throw UsageError(
        fmt::format("--preload: {} has LD_PRELOAD of its own, so nothing is added; give an "
                    "interpreter without it as well",
                    request.interpreters.front()));
  if (request.interpreters.size() < 2)
    throw UsageError(fmt::format("give two interpreters or more; usage: pytune {}", kMeasureUsage));
  refuse_with_emulate(options);
  request.suite = options.text("suite", request.suite);
  request.workloads = options.list("workloads");
  request.emulate = options.text("emulate");
  request.price_per_hour = read_price(options);
  request.counters = options.given("counters");
  request.profiles = options.given("flame-graph");
  request.measure.settings.workers = read_workers(options);
  request.measure.seed = options.seed();
  request.measure.when_busy = options.wait_allowed() ? WhenBusy::wait : WhenBusy::fail;
  request.measure.pyperf_wheel = options.text("pyperf");
  return request;
}

// The measurement is kept whatever becomes of the pictures.
void write_flame_graphs(const std::vector<InterpreterProfile>& profiles, const fs::path& directory,
                        Listener& listener) {
  for (const InterpreterProfile& profile : profiles) {
    const fs::path file = directory / (profile.arm + ".svg");
    const std::string how = profile.how + "; user space, start-up included";
    try {
      write_user_file(file, flame_graph_svg(profile.stacks, {profile.label, how}));
      listener.line(fmt::format("flame graph: {}", file.string()));
    } catch (const Failure& failure) {
      listener.warn(fmt::format("no flame graph of {}: {}", profile.label, failure.what()));
    }
  }
}

std::string show_again(const MeasureResult& result, const Options& options) {
  std::vector<std::string> argv = {"pytune", "compare", result.id};
  if (options.given("store")) argv.insert(argv.end(), {"--store", options.text("store")});
  return shell_quote(argv);
}

int run_measure(const Options& options) {
  const SideBySideRequest request = read_request(options);
  const auto rule = stop_rule(options);
  const ProgressMode mode = options.progress();
  const fs::path home = data_home();
  Exports exports(options);
  if (request.profiles) require_directory("--flame-graph", options.text("flame-graph"));
  Store store(options.store());
  SystemRunner runner;
  Progress progress(mode);
  store.tell(progress);
  const auto [result, profiles] =
      measure_side_by_side({store, runner, progress, home}, request, *rule);
  write_flame_graphs(profiles, options.text("flame-graph"), progress);
  const std::string again = show_again(result, options);
  progress.line(fmt::format("kept; shown or exported again by: {}", again));
  progress.finish();
  return exports.deliver(result, again);
}

}  // namespace

Verb measure_verb() {
  Verb verb{
      "measure",
      "measure any Python interpreters side by side",
      kMeasureUsage,
      {"python..."},
      {{"python", "PYTHON...",
        "Paths, programs on PATH, builds in the store, or debian:13-arm64. The first is the "
        "baseline. Variables that one is to run with stand before it in the same word: "
        "\"PYTHON_JIT=1 ./python\"."},
       {"preload", "LIB...",
        "Measure each interpreter once more with this library preloaded (LD_PRELOAD), such as "
        "libjemalloc.so.2. May be given several times."},
       {"suite", "NAME|FILE",
        "Workloads: builtin, numeric, networks, pyperformance, pyperformance-all, or a file. "
        "Default: builtin. See docs/measure.md."},
       {"workloads", "LIST",
        "Measure only these workloads of the suite: names or patterns, such as json*,nbody."},
       {"precision", "PCT", "Stop when every interval is within this many per cent. Default: 0.5."},
       {"time", "TIME", "Stop after this time at the latest, such as 15m or 1h30m. Default: 15m."},
       {"rounds", "N", "Run exactly N rounds instead of stopping by --precision and --time."},
       {"cpus", "LIST", "Pin the measured processes to these CPUs, such as 0-3 or 0,2."},
       {"lanes", "N",
        "Measure N workloads at once, each on its own share of the CPUs. Default: 1."},
       {"throughput", nullptr,
        "Run one worker on every CPU at once and compare the work that all of them get done."},
       {"price", "AMOUNT",
        "Cost of the machine per hour. With --throughput, print the work per unit of money."},
       {"timeout", "TIME",
        "End a measured process and its children after this time, record it, go on. Default: 2m."},
       {"memory-limit", "SIZE",
        "End a measured process and its children when they use more memory than this, such as 2G "
        "or 512M. Default: 4/5 of the free memory."},
       {"wait", nullptr, "Wait while another run measures on the same CPUs. This is the default."},
       {"no-wait", nullptr, "Fail at once while another run measures on the same CPUs."},
       {"seed", "N", "Seed of the random orders. Default: 1."},
       {"pyperf", "FILE", "Wheel of pyperf, for machines that cannot reach PyPI."},
       {"pyperf-json", "DIR", "Same as --export pyperf=DIR."},
       {"counters", nullptr,
        "Also count instructions, cache misses and branch misses with perf, after the timed "
        "rounds."},
       {"emulate", "CPU",
        "Run interpreters for this CPU (a name in profiles/cpus/) under QEMU and count "
        "instructions."},
       {"flame-graph", "DIR",
        "Also write an SVG per interpreter to DIR that shows where its time goes, with perf."},
       json_option(),
       no_color_option(),
       progress_option()},
      run_measure};
  for (auto& option : export_options()) verb.options.push_back(std::move(option));
  verb.options.push_back(store_option());
  return verb;
}

}  // namespace pytune
