#include "campaign/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "campaign/arms.h"
#include "campaign/count_interpreters.h"
#include "campaign/emulated_machine.h"
#include "campaign/find_arm.h"
#include "campaign/ineffective_variables.h"
#include "campaign/kept_results.h"
#include "campaign/race.h"
#include "interpreter/surroundings.h"
#include "interpreter/wheel.h"
#include "machine/limits.h"
#include "sys/error.h"
#include "sys/host.h"
#include "workload/open_suite.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Seconds per value where an interpreter compiles while it runs: in the short values that suit
// CPython it would still be warming up.
constexpr double kMinTimeWithJit = 0.1;

std::vector<Interpreter> find_all(const Site& site, const SideBySideRequest& request) {
  std::optional<EmulatedMachine> machine;
  if (!request.emulate.empty())
    machine = find_emulated_machine(site.home, site.runner, request.emulate);
  std::vector<Interpreter> found;
  found.reserve(request.interpreters.size());
  for (const auto& word : request.interpreters)
    found.push_back(find_arm(word, site.store, site.runner, machine));
  return found;
}

// A CPython source tree that a sweep left; empty when there is none.
fs::path newest_source_tree(const Store& store) {
  const auto sources = store.list("source");
  if (sources.empty()) return {};
  store.use(sources.back().id);
  return sources.back().directory / "tree";
}

// pip comes from a CPython source tree, or from whichever interpreter has one.
fs::path get_wheel(const Site& site, const PinnedWheel& pin,
                   const std::vector<Interpreter>& interpreters, const fs::path& tree,
                   const fs::path& wheel) {
  std::vector<std::string> pythons;
  pythons.reserve(interpreters.size() + 1);
  for (const auto& interpreter : interpreters) pythons.push_back(interpreter.python);
  pythons.emplace_back("/usr/bin/python3");
  std::string first;
  for (const auto& python : pythons) {
    try {
      return provide_wheel(site.store, site.runner, pin, {tree, python, wheel});
    } catch (const Failure& failure) {
      if (first.empty()) first = failure.what();
      if (!wheel.empty()) break;  // a bad file is bad for all
    }
  }
  throw Failure(first);
}

void require_something(const RaceOutcome& race) {
  const auto& arms = race.comparison.arms;
  if (std::any_of(arms.begin(), arms.end(), [&](const ArmComparison& row) {
        return row.arm != kCopyArm && !row.workloads.empty();
      }))
    return;
  for (const auto& block : race.blocks) {
    for (const auto& sample : block.samples) {
      if (!sample.error.empty())
        throw Failure(fmt::format("nothing can be compared: {} failed on {}: {}", sample.arm,
                                  block.workload, sample.error));
    }
  }
  throw Failure("nothing can be compared: no block is usable");
}

MeasureRequest suited_to(MeasureRequest request, const std::vector<Interpreter>& interpreters) {
  if (!std::all_of(interpreters.begin(), interpreters.end(),
                   [](const Interpreter& one) { return one.implementation == "CPython"; }))
    request.settings.workers.min_time = kMinTimeWithJit;
  return request;
}

}  // namespace

SideBySide measure_side_by_side(const Site& site, const SideBySideRequest& request,
                                StopRule& rule) {
  static_cast<void>(expected_suite(site.home, request.suite));  // a misspelt one is told at once
  const auto interpreters = find_all(site, request);
  const auto arms = arms_of_interpreters(site.store, site.runner, interpreters);
  const fs::path tree = newest_source_tree(site.store);
  const Suite suite = open_suite(site.home, request.suite, request.workloads, [&] {
    return get_wheel(site, pyperformance_pin(), interpreters, tree, {}) / "pyperformance";
  });
  SideBySide all;
  MeasureResult& result = all.result;
  result.suite = request.suite;
  result.price_per_hour = request.price_per_hour;
  result.host = read_host();
  const fs::path pyperf =
      get_wheel(site, pyperf_pin(), interpreters, tree, request.measure.pyperf_wheel);
  PhaseRunner runner(site, suited_to(request.measure, interpreters), result.host,
                     {.pyperf = pyperf, .source_tree = tree});
  if (request.measure.settings.workers.all_cpus_at_once)
    result.throughput_cpus = runner.workers().settings().cpus;
  result.measurement = runner.prepare(arms, suite.workloads);
  auto& notes = result.measurement.notes;
  notes.insert(notes.end(), suite.notes.begin(), suite.notes.end());
  for (std::string note : {withheld_note(current_environment()), quota_note("/")})
    if (!note.empty()) notes.push_back(std::move(note));
  for (const Interpreter& one : interpreters)
    for (std::string& note : ineffective_notes(one, site.runner)) notes.push_back(std::move(note));

  RaceOutcome race = Race(runner, site.listener, result.measurement).run(rule);
  require_something(race);
  result.measurement.blocks = std::move(race.blocks);
  result.comparison = std::move(race.comparison);
  result.looks = race.looks;
  result.minutes = race.minutes;
  if (std::string shortfall = rule.shortfall(); !shortfall.empty())
    notes.push_back(std::move(shortfall));
  for (auto& note : failure_notes(result.measurement.blocks)) notes.push_back(std::move(note));
  if (request.counters) count_interpreters(result, runner, site);
  if (request.profiles) all.profiles = profile_interpreters(result, runner, site);
  result.created = utc_timestamp();
  keep_measurement(site.store, result);
  return all;
}

}  // namespace pytune
