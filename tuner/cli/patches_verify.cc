#include "cli/patches_verify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

#include "campaign/data_home.h"
#include "input/json.h"
#include "patches/series.h"
#include "source/apt_sources.h"
#include "sys/error.h"
#include "sys/process.h"
#include "verify/verify_series.h"

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

constexpr const char* kOfTarget[] = {"sysroot", "emulated-tests"};

VerifyOptions read_options(const Options& options) {
  for (const char* name : kOfTarget)
    if (options.given(name) && !options.given("target"))
      throw UsageError(fmt::format("--{} goes with a --target only; give one, or drop it", name));
  VerifyOptions wishes;
  wishes.reduced = options.given("reduced");
  if (wishes.reduced) {
    wishes.opt = OptLevel::Value::O1;
    wishes.native = {kReducedCases, kReducedTests};
    wishes.emulated = {kReducedCases, {}};
  } else {
    wishes.native = {kCases, {}};
    wishes.emulated = {kEmulatedCases, {}};
  }
  wishes.native.cases = options.number("cases", 1, kMostCases, wishes.native.cases);
  wishes.emulated.cases = options.number("cases", 1, kMostCases, wishes.emulated.cases);
  if (options.given("tests")) wishes.native.tests = options.test_files("tests");
  wishes.emulated.tests =
      options.given("emulated-tests") ? options.test_files("emulated-tests") : wishes.native.tests;
  wishes.patch = options.text("patch");
  wishes.seed = options.seed();
  wishes.parallel = options.at_once();
  return wishes;
}

// The source of the version that was asked for, else of the newest with patches.
std::string source_text(const Options& options, const fs::path& patches) {
  if (options.given("source")) return options.text("source");
  if (options.given("minor")) return "debian:" + options.text("minor");
  const auto minors = minors_with_patches(patches);
  if (minors.empty())
    throw UsageError("verify: there are no patches; give a tarball or a tree: --source");
  return "debian:" + minors.back();
}

void show(const Verified& verified, bool json) {
  const auto& rows = verified.rows;
  if (!json) {
    std::cout << gate_table(rows);
    return;
  }
  std::cout << dump_json(nlohmann::json({{"version", verified.source.version},
                                         {"source", verified.source.origin},
                                         {"rows", rows},
                                         {"passed", count_rows(rows, GateOutcome::passed)},
                                         {"failed", count_rows(rows, GateOutcome::failed)},
                                         {"skipped", count_rows(rows, GateOutcome::skipped)}}),
                         1)
            << "\n";
}

}  // namespace

std::vector<OptionLine> verify_options() {
  return {
      {"source", "WHAT", "verify: CPython to patch, as for sweep. Default: debian:MINOR."},
      {"sha256", "HEX", "verify: SHA-256 that the tarball or the URL must have."},
      {"sigstore", "FILE|URL", "verify: Sigstore bundle that signs it, as for sweep."},
      {"signer", "ID,ISSUER", "verify: Who must have signed it, as for sweep."},
      {"target", "CPU",
       "verify: Also cross-build for this CPU (a name in profiles/cpus/) and run that under QEMU."},
      {"sysroot", "DIR",
       "verify: Headers and libraries for --target. Default: those of Debian 12."},
      {"mirror", "URL", "verify: Debian mirror for debian:... sources and the sysroot."},
      {"offline", nullptr, "verify: Do not use the network. Fail if the store lacks something."},
      {"refresh", nullptr,
       "verify: Look for a newer Debian source package even if the store has one."},
      {"reduced", nullptr,
       "verify: Take minutes instead of hours: gcc -O1, all patches together, few inputs and "
       "tests."},
      {"cases", "N",
       "verify: Random inputs per area. Default: 150000; under QEMU 20000; with --reduced 300."},
      {"seed", "N", "verify: Seed of the random inputs. Default: 1."},
      {"tests", "LIST",
       "verify: Test files to run, such as test_long,test_bytes. Default: all; with --reduced "
       "five."},
      {"emulated-tests", "LIST",
       "verify: Test files to run under QEMU, which takes ten times as long. Default: those of "
       "--tests."},
      {"jobs,j", "N", "verify: Builds and tests to run at once. Default: by CPUs and memory."},
      {"progress", "WHEN",
       "verify: When to show progress: auto (on a terminal), always (as lines in a pipe), never. "
       "Default: auto."},
      {"store", "DIR",
       "verify: Directory of the store. Default: $PYTUNE_STORE, else pytune in the cache "
       "directory."}};
}

int verify_patches(const Options& options) {
  VerifyRequest request;
  request.options = read_options(options);
  const fs::path home = data_home();
  request.source = parse_source(
      source_text(options, home / "patches"), options.text("sha256"), options.text("mirror"),
      {.bundle = options.text("sigstore"), .signer = options.text("signer")});
  request.minor = options.text("minor");
  request.target = {.name = options.text("target"),
                    .sysroot = options.text("sysroot"),
                    .mirror = options.text("mirror"),
                    .offline = options.given("offline"),
                    .refresh = options.given("refresh")};
  Progress progress(options.progress());
  Store store(options.store());
  store.tell(progress);
  SystemRunner runner;
  store.sweep_leftovers();
  const Verified verified = verify_series({store, runner, progress, home}, request);
  progress.finish();
  show(verified, options.given("json"));
  return count_rows(verified.rows, GateOutcome::failed) > 0 ? 1 : 0;
}

}  // namespace pytune
