#include "measure/pyperf_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <set>

#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kMost = 1'000'000;  // benchmarks, runs or values
constexpr std::size_t kLongestMetadata = 1000;
constexpr double kLongestSeconds = 1e6;
// Of a benchmark without a name, whose get_name() is None in pyperf.
constexpr const char* kUnnamed = "(without a name)";

// pyperf moves metadata that all runs or all benchmarks share to the outer level.
class Levels {
 public:
  explicit Levels(const JsonView& root) { add(root); }
  Levels(const Levels& outer, const JsonView& inner) : levels_(outer.levels_) { add(inner); }

  std::optional<JsonView> find(std::string_view key) const {
    for (const JsonView& level : std::views::reverse(levels_))
      if (level.has(key)) return level.at(key);
    return std::nullopt;
  }
  std::string text(std::string_view key) const {
    const auto found = find(key);
    return found && found->value().is_string() ? printable(found->text(kLongestMetadata), 200) : "";
  }

 private:
  void add(const JsonView& level) {
    if (level.has("metadata")) levels_.push_back(level.at("metadata"));
  }
  std::vector<JsonView> levels_;
};

PyperfBenchmark read_benchmark(const JsonView& view, const Levels& metadata) {
  PyperfBenchmark benchmark;
  benchmark.name = metadata.text("name");
  if (benchmark.name.empty()) benchmark.name = kUnnamed;
  for (const JsonView& run : view.at("runs").elements(kMost)) {
    if (!run.has("values")) continue;
    auto values = run.at("values").positive_numbers(kMost, kLongestSeconds);
    if (!values.empty()) benchmark.runs.push_back(std::move(values));
  }
  return benchmark;
}

PyperfFile read_document(const JsonView& root) {
  root.at("version").one_of({"1.0"});
  PyperfFile file;
  std::set<std::string> names;
  const Levels outer(root);
  for (const JsonView& view : root.at("benchmarks").elements(kMost)) {
    const Levels levels(outer, view);
    const auto runs = view.at("runs").elements(kMost);
    const Levels innermost = runs.empty() ? levels : Levels(levels, runs.front());
    if (file.benchmarks.empty()) {
      file.python = innermost.text("python_version");
      file.hostname = innermost.text("hostname");
      file.cpu_model = innermost.text("cpu_model_name");
      file.platform = innermost.text("platform");
      file.measurement = innermost.text("pytune_measurement");
      if (const auto cpus = innermost.find("cpu_count"))
        file.cpus = cpus->small_integer(1, 1 << 20);
    }
    const std::string unit = innermost.text("unit");
    if (!unit.empty() && unit != "second") {
      file.notes.push_back(
          fmt::format("{} is in {} instead of seconds and left out", innermost.text("name"), unit));
      continue;
    }
    PyperfBenchmark benchmark = read_benchmark(view, innermost);
    if (!names.insert(benchmark.name).second)
      view.fail(fmt::format("benchmark \"{}\" a second time", benchmark.name));
    if (benchmark.runs.empty())
      file.notes.push_back(fmt::format("{} holds no values and is left out", benchmark.name));
    else
      file.benchmarks.push_back(std::move(benchmark));
  }
  if (file.benchmarks.empty()) root.at("benchmarks").fail("no benchmark with values in seconds");
  return file;
}

// The benchmarks of a file by name; there may be a hundred thousand.
using Index = std::map<std::string_view, const PyperfBenchmark*>;
Index index_of(const PyperfFile& file) {
  Index index;
  for (const auto& benchmark : file.benchmarks) index.emplace(benchmark.name, &benchmark);
  return index;
}

std::string arm_id(std::size_t index) { return fmt::format("file-{}", index + 1); }

// The benchmark in every file; nothing, with a note, when one lacks it.
std::vector<const PyperfBenchmark*> in_all(const std::vector<PyperfFile>& files,
                                           const std::vector<Index>& indices,
                                           const std::string& name,
                                           std::vector<std::string>& notes) {
  std::vector<const PyperfBenchmark*> found;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto one = indices[i].find(name);
    if (one == indices[i].end()) {
      notes.push_back(fmt::format("{} is not in {} and left out", name, files[i].name));
      return {};
    }
    found.push_back(one->second);
  }
  return found;
}

void add_blocks(Measurement& measurement, const std::vector<const PyperfBenchmark*>& benchmarks) {
  std::size_t fewest = benchmarks.front()->runs.size();
  std::size_t most = fewest;
  for (const auto* one : benchmarks) {
    fewest = std::min(fewest, one->runs.size());
    most = std::max(most, one->runs.size());
  }
  const std::string& name = benchmarks.front()->name;
  if (most != fewest)
    measurement.notes.push_back(
        fmt::format("{}: {} processes in one file and {} in another; the first {} of each count",
                    name, most, fewest, fewest));
  Workload workload;
  workload.name = name;
  workload.kind = "pure-python";
  workload.loops = 1;
  measurement.workloads.push_back(workload);
  for (std::size_t run = 0; run < fewest; ++run) {
    Block block;
    block.round = static_cast<int>(run);
    block.phase = Phase::race;
    block.workload = name;
    for (std::size_t i = 0; i < benchmarks.size(); ++i) {
      Sample sample;
      sample.arm = arm_id(i);
      sample.position = static_cast<int>(i);
      sample.wall_values = benchmarks[i]->runs[run];
      if (!benchmarks[i]->cpu_runs.empty()) sample.cpu_values = benchmarks[i]->cpu_runs.at(run);
      block.samples.push_back(std::move(sample));
    }
    measurement.blocks.push_back(std::move(block));
  }
}

[[noreturn]] void refuse(const std::string& name, const UsageError& problem) {
  throw UsageError(fmt::format("{}: not a pyperf file: {}", name, printable(problem.what(), 300)));
}

}  // namespace

PyperfFile read_pyperf_file(const nlohmann::json& document, const std::string& name) {
  try {
    PyperfFile file = read_document(JsonView(document));
    file.name = name;
    return file;
  } catch (const UsageError& problem) {
    refuse(name, problem);
  }
}

PyperfFile parse_pyperf_file(std::string_view text, const std::string& name) {
  nlohmann::json document;
  try {
    document = parse_json(text);
  } catch (const UsageError& problem) {
    refuse(name, problem);
  }
  return read_pyperf_file(document, name);
}

Measurement measurement_of(const std::vector<PyperfFile>& files) {
  Measurement measurement;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Arm arm;
    arm.id = arm_id(i);
    arm.label = files[i].python.empty()
                    ? files[i].name
                    : fmt::format("{} (Python {})", files[i].name,
                                  files[i].python.substr(0, files[i].python.find(' ')));
    arm.interpreter.python = files[i].name;
    arm.role = i == 0 ? Arm::Role::baseline : Arm::Role::candidate;
    measurement.arms.push_back(arm);
    for (const auto& note : files[i].notes)
      measurement.notes.push_back(fmt::format("{}: {}", files[i].name, note));
  }
  std::vector<Index> indices;
  indices.reserve(files.size());
  for (const PyperfFile& file : files) indices.push_back(index_of(file));
  for (const auto& benchmark : files.front().benchmarks) {
    const auto all = in_all(files, indices, benchmark.name, measurement.notes);
    if (!all.empty()) add_blocks(measurement, all);
  }
  for (std::size_t i = 1; i < files.size(); ++i) {
    for (const auto& benchmark : files[i].benchmarks)
      if (!indices.front().contains(benchmark.name))
        measurement.notes.push_back(
            fmt::format("{} is not in {} and left out", benchmark.name, files.front().name));
  }
  if (measurement.workloads.empty())
    throw UsageError("these files have no benchmark in common; nothing can be compared");
  return measurement;
}

}  // namespace pytune
