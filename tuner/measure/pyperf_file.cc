#include "measure/pyperf_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "input/json.h"
#include "input/text.h"
#include "measure/emulation.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kMost = 1'000'000;  // benchmarks, runs or values
constexpr double kLongestSeconds = 1e6;
constexpr std::uint64_t kMostCpus = 1 << 20;
// Of a benchmark without a name, whose get_name() is None in pyperf.
constexpr const char* kUnnamed = "(without a name)";

// Where a version of the format has what: as pyperf/_bench.py of 2.11.0 reads it.
struct Format {
  const char* benchmark_metadata;
  const char* values;
  bool has_file_metadata;
};

Format format_of(const JsonView& version) {
  if (version.value() == 5) return {"common_metadata", "samples", false};  // pyperf 0.8.3
  if (version.value() == 6) return {"metadata", "values", true};           // pyperf 0.9.6
  if (version.value() != "1.0")
    version.fail(fmt::format("expected \"1.0\", 6 or 5 (pyperf 0.8.3 and later), got {}",
                             printable(dump_json(version.value()), 60)));
  return {"metadata", "values", true};
}

// pyperf moves metadata that all runs or all benchmarks share to the outer level. Refers to the
// document; without paths, since there may be a hundred thousand of them.
class Levels {
 public:
  void add(const JsonView& level, const char* key) {
    if (!level.has(key)) return;
    const nlohmann::json& metadata = *level.value().find(key);
    if (metadata.is_null()) return;
    if (!metadata.is_object()) static_cast<void>(level.at(key).has("name"));  // says where
    levels_.push_back(&metadata);
  }
  const nlohmann::json* find(std::string_view key) const {
    for (const nlohmann::json* level : std::views::reverse(levels_)) {
      const auto found = level->find(key);
      if (found != level->end()) return &*found;
    }
    return nullptr;
  }
  std::string text(std::string_view key) const {
    const nlohmann::json* found = find(key);
    return found != nullptr && found->is_string()
               ? printable(found->get_ref<const std::string&>(), 200)
               : "";
  }
  // 0 where there is none: what only describes a machine is no reason to refuse its times.
  int count(std::string_view key) const {
    const nlohmann::json* found = find(key);
    if (found == nullptr || !found->is_number_unsigned()) return 0;
    const auto number = found->get<std::uint64_t>();
    return number <= kMostCpus ? static_cast<int>(number) : 0;
  }

 private:
  std::vector<const nlohmann::json*> levels_;
};

void describe(const Levels& metadata, const std::string& name, PyperfFile& file) {
  file.python = metadata.text("python_version");
  file.hostname = metadata.text("hostname");
  file.cpu_model = metadata.text("cpu_model_name");
  file.platform = metadata.text("platform");
  file.suite_version = metadata.text("performance_version");
  file.measurement = metadata.text("pytune_measurement");
  file.cpus = metadata.count("cpu_count");
  const std::string compiler = metadata.text("python_compiler");
  file.emulated = emulation_of({compiler, file.cpu_model, file.platform, name});
}

PyperfBenchmark read_benchmark(const std::vector<JsonView>& runs, const Levels& metadata,
                               const Format& format) {
  PyperfBenchmark benchmark;
  if (const auto* name = metadata.find("name"); name != nullptr && !name->is_string())
    JsonView(*name).fail(
        fmt::format("metadata.name: expected a text, got {}", printable(dump_json(*name), 60)));
  benchmark.name = metadata.text("name");
  if (benchmark.name.empty()) benchmark.name = kUnnamed;
  for (const JsonView& run : runs) {
    if (!run.has(format.values)) continue;
    auto values = run.at(format.values).positive_numbers(kMost, kLongestSeconds);
    if (!values.empty()) benchmark.runs.push_back(std::move(values));
  }
  return benchmark;
}

// A file that is whole, but of nothing that is compared here.
struct OtherFile : UsageError {
  using UsageError::UsageError;
};

[[noreturn]] void refuse_whole(const JsonView& benchmarks, const std::set<std::string>& units) {
  if (units.empty()) benchmarks.fail("no benchmark with values");
  throw OtherFile(
      fmt::format("its benchmarks are in {} and not in seconds, which is no speed; "
                  "pyperf compare_to compares them",
                  fmt::join(units, ", ")));
}

// Files of other programs that measure, by what only theirs have.
struct Foreign {
  const char* program;
  std::array<const char*, 2> keys;
};
constexpr std::array kForeign = {
    Foreign{"pytest-benchmark", {"machine_info", "benchmarks"}},
    Foreign{"Google Benchmark", {"context", "benchmarks"}},
    Foreign{"CodSpeed", {"creator", "benchmarks"}},
    Foreign{"asv (airspeed velocity)", {"commit_hash", "results"}},
    Foreign{"asv (airspeed velocity)", {"env_vars", "requirements"}},
};

void refuse_foreign(const JsonView& root) {
  const nlohmann::json& document = root.value();
  const auto refuse = [](const char* program) {
    throw OtherFile(
        fmt::format("is a file of {}; compare reads those of pytune, pyperf and "
                    "pyperformance",
                    program));
  };
  const auto first_has = [](const nlohmann::json& list, const char* key) {
    return list.is_array() && !list.empty() && list.front().is_object() &&
           list.front().contains(key);
  };
  for (const auto& [program, keys] : kForeign)
    if (document.is_object() && document.contains(keys[0]) && document.contains(keys[1]))
      refuse(program);
  if (document.is_object() && document.contains("results") &&
      first_has(document.at("results"), "command"))
    refuse("hyperfine");
  if (first_has(document, "commitid")) refuse("Codespeed's kind, which a server is sent");
}

PyperfFile read_document(const JsonView& root, const std::string& name) {
  refuse_foreign(root);
  const Format format = format_of(root.at("version"));
  PyperfFile file;
  file.name = name;
  std::unordered_set<std::string> names;
  std::set<std::string> other_units;
  Levels outer;
  if (format.has_file_metadata) outer.add(root, "metadata");
  for (const JsonView& view : root.at("benchmarks").elements(kMost)) {
    Levels levels = outer;
    levels.add(view, format.benchmark_metadata);
    const auto runs = view.at("runs").elements(kMost);
    if (!runs.empty()) levels.add(runs.front(), "metadata");
    if (file.benchmarks.empty()) describe(levels, name, file);
    const std::string unit = levels.text("unit");
    if (!unit.empty() && unit != "second") {
      other_units.insert(unit);
      file.notes.push_back(
          fmt::format("{} is in {} instead of seconds and left out", levels.text("name"), unit));
      continue;
    }
    PyperfBenchmark benchmark = read_benchmark(runs, levels, format);
    if (!names.insert(benchmark.name).second)
      view.fail(fmt::format("benchmark \"{}\" a second time", benchmark.name));
    if (benchmark.runs.empty())
      file.notes.push_back(fmt::format("{} holds no values and is left out", benchmark.name));
    else
      file.benchmarks.push_back(std::move(benchmark));
  }
  if (file.benchmarks.empty()) refuse_whole(root.at("benchmarks"), other_units);
  return file;
}

// The benchmarks of a file by name; there may be a hundred thousand.
using Index = std::unordered_map<std::string_view, PyperfBenchmark*>;
Index index_of(PyperfFile& file) {
  Index index;
  index.reserve(file.benchmarks.size());
  for (auto& benchmark : file.benchmarks) index.emplace(benchmark.name, &benchmark);
  return index;
}

std::string arm_id(std::size_t index) { return fmt::format("file-{}", index + 1); }

// The benchmark in every file; nothing, with a note, when one lacks it.
std::vector<PyperfBenchmark*> in_all(const std::vector<PyperfFile>& files,
                                     const std::vector<Index>& indices, const std::string& name,
                                     std::vector<std::string>& notes) {
  std::vector<PyperfBenchmark*> found;
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

// Takes the values out of the benchmarks.
void add_blocks(Measurement& measurement, const std::vector<PyperfBenchmark*>& benchmarks) {
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
  workload.script = "of a pyperf file";  // which names none
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
      sample.wall_values = std::move(benchmarks[i]->runs[run]);
      if (!benchmarks[i]->cpu_runs.empty())
        sample.cpu_values = std::move(benchmarks[i]->cpu_runs.at(run));
      block.samples.push_back(std::move(sample));
    }
    measurement.blocks.push_back(std::move(block));
  }
}

std::string label_of(const PyperfFile& file) {
  std::vector<std::string> details;
  if (!file.python.empty())
    details.push_back("Python " + file.python.substr(0, file.python.find(' ')));
  if (!file.emulated.empty()) details.emplace_back("emulated");
  return details.empty() ? file.name : fmt::format("{} ({})", file.name, fmt::join(details, ", "));
}

[[noreturn]] void refuse(const std::string& name, const UsageError& problem) {
  throw UsageError(fmt::format("{}: not a pyperf file: {}", name, printable(problem.what(), 300)));
}

}  // namespace

PyperfFile read_pyperf_file(const nlohmann::json& document, const std::string& name) {
  try {
    return read_document(JsonView(document), name);
  } catch (const OtherFile& problem) {
    throw UsageError(fmt::format("{}: {}", name, problem.what()));
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

Measurement measurement_of(std::vector<PyperfFile> files) {
  Measurement measurement;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Arm arm;
    arm.id = arm_id(i);
    arm.label = label_of(files[i]);
    arm.interpreter.python = files[i].name;
    arm.role = i == 0 ? Arm::Role::baseline : Arm::Role::candidate;
    measurement.arms.push_back(arm);
    for (const auto& note : files[i].notes)
      measurement.notes.push_back(fmt::format("{}: {}", files[i].name, note));
  }
  std::vector<Index> indices;
  indices.reserve(files.size());
  for (PyperfFile& file : files) indices.push_back(index_of(file));
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
