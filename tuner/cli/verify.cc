#include "cli/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "build/scheduler.h"
#include "cli/home.h"
#include "cli/progress.h"
#include "cli/targets.h"
#include "cli/values.h"
#include "cli/work_progress.h"
#include "input/text.h"
#include "source/apt_sources.h"
#include "source/source.h"
#include "sys/error.h"
#include "sys/host.h"
#include "verify/verify.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr long kCases = 150'000;
constexpr long kEmulatedCases = 20'000;
constexpr long kReducedCases = 300;
constexpr long kMostCases = 100'000'000;
// Of what the series changes, those that take a second or two.
const std::vector<std::string> kReducedTests = {"test_binascii", "test_float", "test_generators",
                                                "test_int", "test_unpack"};

constexpr const char* kVerifyOnly[] = {"source",  "sha256",         "target",  "sysroot",  "mirror",
                                       "offline", "refresh",        "reduced", "cases",    "seed",
                                       "tests",   "emulated-tests", "jobs",    "progress", "store"};

constexpr const char* kOfTarget[] = {"sysroot", "emulated-tests"};

std::string text(const po::variables_map& options, const char* name) {
  return options.contains(name) ? options[name].as<std::string>() : "";
}

std::vector<std::string> test_files(const po::variables_map& options, const char* name,
                                    const std::vector<std::string>& otherwise) {
  return options.contains(name) ? parse_test_files(text(options, name)) : otherwise;
}

long cases(const po::variables_map& options, bool reduced, long whole) {
  const long count = options.contains("cases") ? options["cases"].as<long>()
                     : reduced                 ? kReducedCases
                                               : whole;
  if (count < 1 || count > kMostCases)
    throw UsageError(fmt::format("--cases must be between 1 and {}", kMostCases));
  return count;
}

VerifyOptions verify_options(const po::variables_map& options) {
  for (const char* name : kOfTarget)
    if (options.contains(name) && !options.contains("target"))
      throw UsageError(fmt::format("--{} goes with a --target only; give one, or drop it", name));
  VerifyOptions wishes;
  wishes.reduced = options.contains("reduced");
  wishes.native.cases = cases(options, wishes.reduced, kCases);
  wishes.emulated.cases = cases(options, wishes.reduced, kEmulatedCases);
  wishes.native.tests =
      test_files(options, "tests", wishes.reduced ? kReducedTests : std::vector<std::string>{});
  wishes.emulated.tests = test_files(options, "emulated-tests", wishes.native.tests);
  if (options.contains("seed")) wishes.seed = options["seed"].as<std::uint64_t>();
  if (wishes.reduced) wishes.opt = OptLevel::Value::O1;
  wishes.parallel =
      options.contains("jobs") ? options["jobs"].as<int>() : default_parallel_builds();
  if (wishes.parallel < 1 || wishes.parallel > 64)
    throw UsageError("--jobs must be between 1 and 64");
  return wishes;
}

// The source of the version that was asked for, else of the newest with patches that Debian has.
std::string source_text(const po::variables_map& options, const fs::path& patches) {
  if (options.contains("source")) return text(options, "source");
  if (options.contains("minor")) return "debian:" + text(options, "minor");
  const auto minors = minors_with_patches(patches);
  const auto newest = std::find_if(minors.rbegin(), minors.rend(), [](const std::string& minor) {
    return debian_suite(minor).has_value();
  });
  if (newest == minors.rend())
    throw UsageError(
        fmt::format("verify: no Debian release carries a version that there are patches for ({}); "
                    "give a tarball or a tree: --source",
                    fmt::join(minors, ", ")));
  return "debian:" + *newest;
}

Source get_source(const po::variables_map& options, const fs::path& patches, Store& store,
                  ProcessRunner& runner, Progress& progress) {
  const std::string wanted = source_text(options, patches);
  const SourceRequest request =
      parse_source(wanted, text(options, "sha256"), text(options, "mirror"));
  progress.update("getting " + wanted, 0);
  Source source = provide_source(store, runner, request, options.contains("offline"),
                                 options.contains("refresh"));
  const std::string minor = text(options, "minor");
  if (!minor.empty() && minor != source.minor)
    throw UsageError(
        fmt::format("--source is CPython {}, and the patches asked for are for {}; "
                    "leave --minor out, or give another source",
                    source.version, printable(minor)));
  return source;
}

// Emulator, sysroot and cross compilers; without one of them nothing is built for the target, and
// the reason is a row.
std::optional<PreparedTarget> get_target(const po::variables_map& options, Store& store,
                                         ProcessRunner& runner, const fs::path& home,
                                         Progress& progress, GateRow& row) {
  row = {"target", "", kSeriesRow, GateOutcome::skipped, "", ""};
  if (!options.contains("target")) {
    row.why =
        "nothing was built or run for AArch64: give --target neoverse-n1 to have that done under "
        "an emulator";
    return std::nullopt;
  }
  TargetRequest request;
  request.home = home;
  request.name = text(options, "target");
  request.sysroot = text(options, "sysroot");
  request.mirror = text(options, "mirror");
  request.offline = options.contains("offline");
  request.refresh = options.contains("refresh");
  progress.update(fmt::format("getting what it takes to build for {}", request.name), 0);
  try {
    return prepare_target(store, runner, request);
  } catch (const Failure& missing) {
    row.why =
        fmt::format("nothing was built or run for {}: {}", printable(request.name), missing.what());
    return std::nullopt;
  }
}

// The target's builds freeze their modules, and share bytecode, by an interpreter of this machine.
// Why there is none; empty: there is.
std::string build_bootstrap(PreparedTarget& prepared, VerifyContext& context) {
  const Recipe recipe =
      bootstrap_recipe(prepared, context.building.source, context.building.training);
  const std::string activity = "building what freezes the target's modules";
  context.watch.started(activity);
  const Build build = run_builds(context.building, {recipe}, context.options.parallel, {}).front();
  context.watch.finished(activity, 0, false);  // no minutes of it are expected
  if (!build.ok())
    return fmt::format(
        "the interpreter for this machine, which freezes the target's modules, does not build: {}: "
        "{}; log: {}",
        build.failure->failure_class, build.failure->message, build.failure->log);
  prepared.target.native_prefix = build.prefix;
  return "";
}

void build_for_target(Verification& verification, VerifyContext& context,
                      PreparedTarget& prepared) {
  const std::string problem = build_bootstrap(prepared, context);
  if (!problem.empty()) verification.skip(&prepared.target, problem);
  context.building.target = &prepared.target;
  verification.build(&prepared.target);
  context.building.target = nullptr;
}

void show(const std::vector<GateRow>& rows, const Source& source, bool json) {
  if (!json) {
    std::cout << gate_table(rows);
    return;
  }
  std::cout << nlohmann::json({{"version", source.version},
                               {"source", source.origin},
                               {"rows", rows},
                               {"passed", count_rows(rows, GateOutcome::passed)},
                               {"failed", count_rows(rows, GateOutcome::failed)},
                               {"skipped", count_rows(rows, GateOutcome::skipped)}})
                   .dump(1)
            << "\n";
}

}  // namespace

void add_verify_options(po::options_description& options) {
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("source", word("WHAT"),
                        "verify: CPython to patch, as for sweep; default: debian:MINOR")(
      "sha256", word("HEX"), "verify: what the tarball or URL must hash to")(
      "target", word("CPU"),
      "verify: build for this CPU (neoverse-n1, ...) too, and run that under an emulator; default: "
      "this machine only")(
      "sysroot", word("DIR"),
      "verify: with --target, headers and libraries to build against (default: Debian's)")(
      "mirror", word("URL"), "verify: Debian mirror for debian:... and the sysroot")(
      "offline", "verify: use the network for nothing")(
      "refresh", "verify: ask for a newer Debian source package even if the store has one")(
      "reduced",
      "verify: what takes a few minutes: gcc with -O1, the patches together only, few inputs and "
      "tests")("cases", po::value<long>()->value_name("N"),
               "verify: random cases for each area that a patch touches (default 150000, under an "
               "emulator 20000; reduced 300)")("seed", po::value<std::uint64_t>()->value_name("N"),
                                               "verify: of the random cases (default 1)")(
      "tests", word("LIST"),
      "verify: files of CPython's own test suite, as test_long,test_bytes (default: all; reduced: "
      "five)")("emulated-tests", word("LIST"),
               "verify: with --target, those that run under the emulator, which takes ten times as "
               "long (default: what --tests says)")(
      "jobs,j", po::value<int>()->value_name("N"),
      "verify: builds, tests and the like at once; default: by CPUs and memory")(
      "progress", word("WHEN"), "verify: auto, always (lines in a pipe), never");
  add_store_option(options);
}

std::string verify_option_among(const po::variables_map& options) {
  for (const char* name : kVerifyOnly)
    if (options.contains(name)) return name;
  return "";
}

int verify_patches(const po::variables_map& options) {
  const VerifyOptions wishes = verify_options(options);
  const fs::path home = data_home();
  Progress progress(
      progress_mode(options.contains("progress") ? text(options, "progress") : "auto"));
  Store store(options.contains("store") ? fs::path(text(options, "store")) : default_store());
  SystemRunner runner;
  store.sweep_leftovers();
  const Source source = get_source(options, home / "patches", store, runner, progress);
  const PatchSeries series = read_series(home / "patches", source.minor);
  const TrainingSet training = read_training_set(home / "profiles" / "training");
  JobServer jobs(read_host().cpus);
  BuildContext building{store, runner, jobs, source, training};
  WorkProgress watch(progress);
  watch.at_once(wishes.parallel);
  VerifyContext context{building, series, home / "patches", wishes, watch};
  if (options.contains("patch")) context.options.patch = series.find(text(options, "patch")).name;

  Verification verification(context);
  ToolchainProbe native(runner);
  verification.add_places(native, nullptr);
  GateRow without_target;
  auto target = get_target(options, store, runner, home, progress, without_target);
  ToolchainProbe cross(runner, target ? target->target.cross : CrossTarget());
  if (target) verification.add_places(cross, &target->target);
  progress.expect(verification.expected_minutes());
  verification.check_sources();
  verification.build(nullptr);
  if (target) build_for_target(verification, context, *target);
  verification.check_builds();
  if (!target) verification.add(without_target);
  progress.line("");
  show(verification.rows(), source, options.contains("json"));
  return count_rows(verification.rows(), GateOutcome::failed) > 0 ? 1 : 0;
}

}  // namespace pytune
