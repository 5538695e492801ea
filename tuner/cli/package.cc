#include "package/package.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "cli/finished.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "source/debian_root.h"
#include "source/source.h"
#include "sys/error.h"

namespace pytune {
namespace {

// The source tree a build was made from, for its licences and its tests.
std::filesystem::path source_tree(const Store& store, const Build& build) {
  for (const auto& step : store.list("source")) {
    if (step.inputs.dump().find(build.source_sha256) != std::string::npos)
      return step.directory / "tree";
  }
  throw Failure(
      fmt::format("the source tree of {} is no longer in the store (pruned?); run the sweep again",
                  build.name));
}

// The sweep's figures for this build, evidence level included.
nlohmann::json benchmark(const SweepResult& result, const Build& build) {
  nlohmann::json j = {{"sweep", result.id},
                      {"created", result.created},
                      {"evidence", result.recommendation.evidence},
                      {"host", result.host},
                      {"recommended", result.recommendation.arm == build.id}};
  for (const auto& row : (result.confirm ? *result.confirm : result.race).arms) {
    if (row.arm == build.id) j["speed_against_baseline"] = row.speed;
  }
  for (const auto& row : result.race.arms) {
    if (row.arm != build.id) continue;
    for (const auto& workload : row.workloads)
      j["workloads"].push_back(
          {{"name", workload.workload}, {"speed", workload.speed}, {"blocks", workload.blocks}});
  }
  return j;
}

// On two CPUs, nearly all of it the standard library's own tests.
constexpr double kCheckMinutes = 2;
constexpr double kEmulatedCheckMinutes = 5;

// The bare system that a package for another machine is tried in; empty, with a line on stderr,
// where there is none: it is then tried in the sysroot.
std::filesystem::path bare_root(Store& store, ProcessRunner& runner, const Build& build) {
  if (!build.target) return {};
  const auto request = runtime_request(store, build.target->sysroot);
  std::string why = "it is not Debian's, which pytune fetched";
  if (request) {
    try {
      return provide_debian_root(store, runner, *request, /*offline=*/false, /*refresh=*/false)
          .root;
    } catch (const Failure& failure) {
      why = failure.what();
    }
  }
  std::cerr << fmt::format(
      "pytune: the package is tried in the sysroot, which has more than a bare system, for {}\n",
      why);
  return {};
}

nlohmann::json to_json(const PackageResult& result) {
  const auto file = [](const PackageFile& f) {
    return nlohmann::json{{"path", f.path.string()}, {"sha256", f.sha256}, {"bytes", f.bytes}};
  };
  nlohmann::json j = {{"ok", result.ok()},
                      {"full", file(result.full)},
                      {"install", file(result.install)},
                      {"checks", nlohmann::json::array()}};
  for (const auto& check : result.checks)
    j["checks"].push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
  return j;
}

}  // namespace

po::options_description package_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("output,o", text("DIR")->default_value("."), "where the archives go")(
      "sweep", text("ID"), "a finished sweep by id (default: the one run last)")(
      "build", text("NAME|ID"), "another build of it (default: the recommended one)")(
      "no-check", "write the archives without unpacking and trying them")(
      "json", "what was written, as JSON on stdout")(
      "progress", text("WHEN")->default_value("auto"), "auto, always (lines in a pipe), never");
  add_store_option(options);
  return options;
}

int run_package(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, package_options(), "package [OPTIONS]");
  if (!parsed) return 0;
  const auto option = [&](const char* name) {
    return parsed->contains(name) ? (*parsed)[name].as<std::string>() : std::string();
  };
  Progress progress(progress_mode(option("progress")));
  Store store(option("store").empty() ? default_store() : std::filesystem::path(option("store")));
  SystemRunner runner;
  const SweepResult sweep = finished_sweep(store, option("sweep"));
  const Build& build = chosen_build(sweep, option("build"));
  PackageOptions options;
  options.output_directory = option("output");
  options.check = !parsed->contains("no-check");
  options.source_tree = source_tree(store, build);
  if (options.check) options.run_root = bare_root(store, runner, build);
  options.benchmark = benchmark(sweep, build);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) options.source_date_epoch = epoch;
  options.begins = [&](const std::string& activity) { progress.update(activity, 0); };
  if (options.check) progress.expect(build.target ? kEmulatedCheckMinutes : kCheckMinutes);
  const PackageResult result = make_package(store, runner, build, options);
  progress.update("", 0);
  if (parsed->contains("json")) {
    std::cout << to_json(result).dump(1) << "\n";
  } else {
    for (const PackageFile* file : {&result.full, &result.install})
      std::cout << fmt::format("{}  {:.1f} MB  sha256 {}\n", file->path.string(),
                               static_cast<double>(file->bytes) / 1e6, file->sha256);
    for (const auto& check : result.checks)
      std::cout << fmt::format("  {:<10} {}  {}\n", check.name, check.ok ? "ok    " : "FAILED",
                               check.detail);
  }
  return result.ok() ? 0 : 1;
}

}  // namespace pytune
