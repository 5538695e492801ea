#include "measure/pyperf_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "input/json.h"
#include "input/text.h"
#include "measure/complete_blocks.h"
#include "sys/error.h"
#include "sys/files.h"

// pyperf's format 1.0 as pyperf/_bench.py and _metadata.py of 2.10.0 read it: metadata values are
// one line and not empty, sizes and loops at least 1, values above 0.
namespace pytune {
namespace {

using nlohmann::json;

void put_text(json& metadata, const char* key, const std::string& text) {
  const std::string line = printable(text, 500);
  if (!line.empty()) {
    metadata[key] = line;
  }
}

json run_of(const Block& block, const Sample& sample) {
  json metadata = {{"python_hash_seed", block.hash_seed}, {"load_avg_1min", block.load1}};
  if (sample.max_rss_kib > 0) {
    metadata["mem_max_rss"] = static_cast<std::uint64_t>(sample.max_rss_kib) * 1024;
  }
  return {{"metadata", std::move(metadata)}, {"values", sample.wall_values}};
}

json benchmark_of(const Measurement& measurement, const BlocksOfWorkloads& blocks,
                  const Workload& workload, const std::string& arm) {
  // pyperf's test raises when two files hold different numbers of values, and its command line then
  // calls the difference significant: a block goes into the file of every arm that runs this
  // workload at all, or into none. Benchmarks that one file lacks, pyperf leaves out.
  std::vector<Arm> arms = measurement.arms;
  std::erase_if(arms, [&](const Arm& one) {
    return find_skipped(measurement.skipped, workload.name, one.id) != nullptr;
  });
  json runs = json::array();
  for (const Block* block : complete_blocks(blocks, workload.name, arms)) {
    if (block->phase == Phase::counters) continue;
    if (const Sample* sample = good_sample(*block, arm)) {
      runs.push_back(run_of(*block, *sample));
    }
  }
  json metadata = {{"name", workload.name}};
  if (workload.loops > 0) {
    metadata["loops"] = workload.loops;
  }
  return {{"metadata", std::move(metadata)}, {"runs", std::move(runs)}};
}

json metadata_of(const Arm& arm) {
  json metadata = {{"unit", "second"}};
  put_text(metadata, "python_executable", arm.interpreter.python);
  put_text(metadata, "pytune_arm", arm.id);
  put_text(metadata, "pytune_label", arm.label);
  return metadata;
}

}  // namespace

std::string measurement_id(const Measurement& measurement) {
  return sha256(dump_json(json(measurement.blocks))).substr(0, 16);
}

json pyperf_document(const Measurement& measurement, const std::string& arm) {
  const auto found = std::find_if(measurement.arms.begin(), measurement.arms.end(),
                                  [&](const Arm& candidate) { return candidate.id == arm; });
  if (found == measurement.arms.end()) {
    throw Failure(fmt::format("no arm \"{}\" in this measurement", arm));
  }
  const BlocksOfWorkloads blocks = blocks_of_workloads(measurement);
  json benchmarks = json::array();
  for (const Workload& workload : measurement.workloads) {
    json benchmark = benchmark_of(measurement, blocks, workload, arm);
    if (!benchmark.at("runs").empty()) {
      benchmarks.push_back(std::move(benchmark));
    }
  }
  if (benchmarks.empty()) {
    throw Failure(
        "no block has a good sample of every arm: nothing to write for pyperf; measure more "
        "rounds, or fewer arms");
  }
  json metadata = metadata_of(*found);
  metadata["pytune_measurement"] = measurement_id(measurement);
  return {
      {"version", "1.0"}, {"metadata", std::move(metadata)}, {"benchmarks", std::move(benchmarks)}};
}

}  // namespace pytune
