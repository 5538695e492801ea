#include "result/merged_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "measure/complete_blocks.h"
#include "measure/emulation.h"
#include "measure/pyperf_document.h"
#include "sys/error.h"

namespace pytune {
namespace {

// One interpreter of one result: its runs, as if pyperf had written them.
struct Side {
  PyperfFile file;
  Interpreter interpreter;
};

Side side_of_file(PyperfFile file) {
  Side side;
  side.interpreter.emulated = file.emulated;
  side.interpreter.name = file.name;
  side.interpreter.implementation = "Python";
  side.interpreter.version =
      file.python.empty() ? "of unknown version" : file.python.substr(0, file.python.find(' '));
  side.interpreter.python = file.name;
  side.file = std::move(file);
  return side;
}

PyperfBenchmark benchmark_of(const Workload& workload, const Arm& arm,
                             const std::vector<const Block*>& blocks) {
  PyperfBenchmark benchmark;
  benchmark.name = workload.name;
  for (const Block* block : blocks) {
    const Sample& sample = *good_sample(*block, arm.id);
    benchmark.runs.push_back(sample.wall_values);
    if (!sample.cpu_values.empty()) benchmark.cpu_runs.push_back(sample.cpu_values);
  }
  if (benchmark.cpu_runs.size() != benchmark.runs.size()) benchmark.cpu_runs.clear();
  return benchmark;
}

std::vector<Side> sides_of_result(const MeasureResult& result, const std::string& name) {
  std::vector<Arm> arms = arms_with_samples(result.measurement);
  std::erase_if(arms, [](const Arm& arm) { return arm.role == Arm::Role::copy; });
  const std::string id = measurement_id(result.measurement);
  const BlocksOfWorkloads blocks = blocks_of_workloads(result.measurement);
  std::vector<Side> sides;
  for (const Arm& arm : arms) {
    Side side;
    side.interpreter = arm.interpreter;
    side.interpreter.name = fmt::format("{} [{}]", arm.interpreter.name, name);
    if (side.interpreter.emulated.empty())
      side.interpreter.emulated = emulation_of(
          {arm.interpreter.compiler, result.host.cpu_model, result.host.architecture, {}});
    side.file.name = label_of(side.interpreter);
    side.file.cpu_model = result.host.cpu_model;
    side.file.platform = result.host.os;
    side.file.cpus = result.host.cpus;
    side.file.measurement = id;
    for (const Workload& workload : result.measurement.workloads) {
      PyperfBenchmark benchmark =
          benchmark_of(workload, arm, complete_blocks(blocks, workload.name, arms));
      if (!benchmark.runs.empty()) side.file.benchmarks.push_back(std::move(benchmark));
    }
    sides.push_back(std::move(side));
  }
  if (sides.empty() || sides.front().file.benchmarks.empty())
    throw UsageError(fmt::format(
        "{}: no block has a good sample of every interpreter: nothing can be compared", name));
  return sides;
}

// "host-a, AMD EPYC 7B13", of what the file says.
std::string machine_of(const PyperfFile& file) {
  std::vector<std::string> known;
  for (const std::string& part : {file.hostname, file.cpu_model})
    if (!part.empty()) known.push_back(part);
  return known.empty() ? "one that it does not name" : fmt::format("{}", fmt::join(known, ", "));
}

// Of the files, whose values measurement_of() takes away.
std::vector<std::string> where_sides_differ(const std::vector<Side>& sides) {
  std::vector<std::string> notes;
  const PyperfFile& first = sides.front().file;
  const bool took_turns = std::all_of(sides.begin(), sides.end(), [&](const Side& side) {
    return !side.file.measurement.empty() && side.file.measurement == first.measurement;
  });
  if (!took_turns)
    notes.emplace_back(
        "these were measured one after the other: what the machine did in the meantime counts as "
        "their difference, and there is no identical copy to show how much that is; pytune measure "
        "interleaves them");
  const auto differ = [](const std::string& one, const std::string& other) {
    return !one.empty() && !other.empty() && one != other;
  };
  for (const auto& [file, interpreter] : sides) {
    if (!interpreter.emulated.empty())
      notes.push_back(
          fmt::format("{} was measured under emulation ({}): its times say how fast the emulator "
                      "is; measure on a machine that runs it natively",
                      file.name, interpreter.emulated));
    if (differ(file.cpu_model, first.cpu_model) || differ(file.hostname, first.hostname))
      notes.push_back(fmt::format(
          "{} was measured on another machine than {} ({} instead of {}): the difference may be "
          "the machines'; measure both on one",
          file.name, first.name, machine_of(file), machine_of(first)));
    if (differ(file.suite_version, first.suite_version))
      notes.push_back(fmt::format(
          "{} was measured by version {} of the suite and {} by {}: benchmarks of one name may do "
          "different work",
          file.name, file.suite_version, first.name, first.suite_version));
  }
  return notes;
}

void warn_of_suites(const std::vector<NamedResult>& results, std::vector<std::string>& notes) {
  std::string first;
  for (const auto& [name, result] : results) {
    const auto* ours = std::get_if<MeasureResult>(&result);
    if (ours == nullptr || ours->suite.empty() || ours->suite == first) continue;
    if (!first.empty())
      notes.push_back(fmt::format(
          "{} was measured on the suite {} instead of {}: workloads of one name are taken for the "
          "same",
          name, ours->suite, first));
    else
      first = ours->suite;
  }
}

// A pyperf file holds times.
Evidence evidence_of(const NamedResult& named) {
  const auto* ours = std::get_if<MeasureResult>(&named.result);
  return ours == nullptr ? Evidence::measured : evidence_of(*ours);
}

void require_one_evidence(const std::vector<NamedResult>& results) {
  const Evidence first = evidence_of(results.front());
  for (const NamedResult& one : results)
    if (evidence_of(one) != first)
      throw UsageError(fmt::format("{} is {} and {} is {}: such figures cannot be compared",
                                   results.front().name, name_of(first), one.name,
                                   name_of(evidence_of(one))));
}

Host host_of(const NamedResult& named) {
  if (const auto* ours = std::get_if<MeasureResult>(&named.result)) return ours->host;
  const auto& file = std::get<PyperfFile>(named.result);
  Host host;
  host.cpu_model = file.cpu_model.empty() ? "a machine the file does not name" : file.cpu_model;
  host.os = file.platform.empty() ? "unknown system" : file.platform;
  host.cpus = file.cpus;
  return host;
}

}  // namespace

MeasureResult merged(std::vector<NamedResult> results) {
  if (results.size() == 1) {
    if (auto* ours = std::get_if<MeasureResult>(&results[0].result)) return std::move(*ours);
    throw UsageError(fmt::format(
        "{}: a pyperf file alone is compared with nothing; give a second one", results[0].name));
  }
  require_one_evidence(results);
  MeasureResult result;
  result.host = host_of(results.front());
  std::vector<Side> sides;
  for (NamedResult& named : results) {
    if (const auto* ours = std::get_if<MeasureResult>(&named.result))
      for (Side& side : sides_of_result(*ours, named.name)) sides.push_back(std::move(side));
    else
      sides.push_back(side_of_file(std::move(std::get<PyperfFile>(named.result))));
  }
  const std::vector<std::string> notes = where_sides_differ(sides);
  std::vector<PyperfFile> files;
  files.reserve(sides.size());
  for (Side& side : sides) files.push_back(std::move(side.file));
  result.measurement = measurement_of(std::move(files));
  for (std::size_t i = 0; i < sides.size(); ++i) {
    result.measurement.arms[i].interpreter = sides[i].interpreter;
  }
  result.measurement.notes.insert(result.measurement.notes.end(), notes.begin(), notes.end());
  warn_of_suites(results, result.measurement.notes);
  ComparisonSettings settings;
  settings.by_others = true;
  result.comparison = compare(result.measurement, Phase::race, settings);
  return result;
}

}  // namespace pytune
