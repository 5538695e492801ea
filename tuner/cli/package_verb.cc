// `pytune package`: a build of a finished sweep as relocatable archives.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "campaign/finished_sweeps.h"
#include "campaign/package_inputs.h"
#include "cli/verb.h"
#include "input/json.h"
#include "package/package.h"

namespace pytune {
namespace {

// On two CPUs, nearly all of it the standard library's own tests.
constexpr double kCheckMinutes = 2;
constexpr double kEmulatedCheckMinutes = 5;

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

void print_package(const PackageResult& result) {
  for (const PackageFile* file : {&result.full, &result.install})
    std::cout << fmt::format("{}  {:.1f} MB  sha256 {}\n", file->path.string(),
                             static_cast<double>(file->bytes) / 1e6, file->sha256);
  for (const auto& check : result.checks)
    std::cout << fmt::format("  {:<10} {}  {}\n", check.name, check.ok ? "ok    " : "FAILED",
                             check.detail);
}

int run_package(const Options& options) {
  Progress progress(options.progress());
  Store store(options.store());
  store.tell(progress);
  SystemRunner runner;
  const SweepResult sweep = finished_sweep(store, options.text("sweep"));
  const Build& build = chosen_build(sweep, options.text("build"));
  store.use_what_holds(build.python);
  PackageOptions wishes;
  wishes.output_directory = options.text("output", ".");
  wishes.check = !options.given("no-check");
  wishes.source_tree = source_tree_of(store, build);
  wishes.allowed_missing = options.list("allow-missing");
  if (wishes.check) wishes.run_root = bare_system_for(store, runner, build, progress);
  wishes.benchmark = figures_of(sweep, build);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) wishes.source_date_epoch = epoch;
  if (wishes.check) progress.expect(build.target ? kEmulatedCheckMinutes : kCheckMinutes);
  const PackageResult result = make_package(store, runner, build, wishes, progress);
  progress.finish();
  if (options.given("json"))
    std::cout << dump_json(to_json(result), 1) << "\n";
  else
    print_package(result);
  return result.ok() ? 0 : 1;
}

}  // namespace

Verb package_verb() {
  return {
      "package",
      "write a relocatable tarball of one build and test it",
      "package [OPTIONS]",
      {},
      {{"output,o", "DIR", "Directory to write the archives to. Default: the current directory."},
       sweep_option(),
       build_option(),
       {"no-check", nullptr, "Do not unpack and test the archives."},
       {"allow-missing", "LIST",
        "Optional modules that may be missing, such as _lzma,_gdbm; _tkinter and _dbm always may."},
       {"json", nullptr, "Print what was written as JSON on standard output."},
       progress_option(),
       store_option()},
      run_package};
}

}  // namespace pytune
