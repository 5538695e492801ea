// pyperf's and pyperformance's files: the runs of every interpreter, one file each.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <string_view>

#include "input/json.h"
#include "input/text.h"
#include "interpreter/wheel.h"
#include "measure/complete_blocks.h"
#include "measure/pyperf_document.h"
#include "report/export.h"
#include "spec/arm_words.h"

namespace pytune {
namespace {

using Json = nlohmann::json;

void put_text(Json& metadata, const char* key, const std::string& text) {
  const std::string line = printable(text, 500);
  if (!line.empty()) metadata[key] = line;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Under the names that pyperf gives them (pyperf/_collect_metadata.py), so that its reports, and
// `pytune compare`, can tell what was measured where.
void describe(Json& metadata, const MeasureResult& result, const Arm& arm) {
  // A copy is what the baseline is.
  const Arm& described = arm.role == Arm::Role::copy ? baseline_of(result) : arm;
  put_text(metadata, "python_version", described.interpreter.version);
  put_text(metadata, "python_implementation", lower(described.interpreter.implementation));
  if (!described.interpreter.variables.empty())
    put_text(metadata, "pytune_variables", shown_variables(described.interpreter.variables));
  put_text(metadata, "cpu_model_name", result.host.cpu_model);
  put_text(metadata, "platform", result.host.os);
  if (result.host.cpus > 0) metadata["cpu_count"] = result.host.cpus;
}

// pyperformance refuses to compare files of two versions of its suite. Those of a suite of ours are
// of none of its versions, but of one of ours, wherever its file lies.
std::string suite_version(const MeasureResult& result) {
  if (result.suite.starts_with(pyperformance_pin().package) &&
      result.suite.find('/') == std::string::npos)
    return pyperformance_pin().version;
  const std::string suite = std::filesystem::path(result.suite).stem();
  return "pytune " PYTUNE_VERSION + (suite.empty() ? "" : " " + suite);
}

void add_tags(Json& benchmarks, const Measurement& measurement) {
  std::map<std::string_view, std::string> tags;
  for (const Workload& workload : measurement.workloads)
    tags[workload.name] = printable(workload.kind, 100);
  for (Json& benchmark : benchmarks) {
    Json& metadata = benchmark.at("metadata");
    metadata["tags"] = Json::array({tags[metadata.at("name").get_ref<const std::string&>()]});
  }
}

}  // namespace

std::vector<ExportedFile> pyperf_files(const MeasureResult& result, bool with_suite_metadata) {
  Measurement measurement = result.measurement;
  measurement.arms = arms_with_samples(result.measurement);
  std::vector<ExportedFile> files;
  files.reserve(measurement.arms.size());
  for (const Arm& arm : measurement.arms) {
    Json document = pyperf_document(measurement, arm.id);
    describe(document["metadata"], result, arm);
    if (with_suite_metadata) {
      put_text(document["metadata"], "performance_version", suite_version(result));
      add_tags(document["benchmarks"], measurement);
    }
    files.push_back({arm.id + ".json", dump_json(document, 1) + "\n"});
  }
  return files;
}

}  // namespace pytune
