#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "input/text.h"
#include "measure/complete_blocks.h"
#include "report/export.h"
#include "report/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

using Json = nlohmann::json;

// codespeed/models.py: Executable.name, Benchmark.name, Project.name and Revision.commitid.
constexpr std::size_t kLongestExecutable = 30;
constexpr std::size_t kLongestBenchmark = 100;
constexpr std::size_t kLongestProject = 30;
constexpr std::size_t kLongestCommit = 42;

// `text` if it is short enough, else its end, which tells most of a path, and a short hash of it:
// the same whenever it is called that, so that Codespeed can draw a line over commits.
std::string shortened(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::string end = text.substr(text.size() - (longest - 9));
  while ((static_cast<unsigned char>(end.front()) & 0xC0U) == 0x80U) end.erase(0, 1);
  return end + "-" + sha256(text).substr(0, 8);
}

// The name as the user gave it; two interpreters of one name get a hash of more than it.
std::string executable(const Arm& arm, std::set<std::string>& taken) {
  const std::string name = printable(arm.interpreter.name);
  std::string word = shortened(name, kLongestExecutable);
  if (!taken.insert(word).second) {
    word = shortened(fmt::format("{} {} {}", name, arm.id, printable(arm.interpreter.python)),
                     kLongestExecutable);
    taken.insert(word);
  }
  return word;
}

// Mean, spread, least and most of the processes' means.
void put_value(Json& entry, const std::vector<double>& processes) {
  const auto count = static_cast<double>(processes.size());
  const double mean = std::accumulate(processes.begin(), processes.end(), 0.0) / count;
  entry["result_value"] = mean;
  entry["min"] = *std::min_element(processes.begin(), processes.end());
  entry["max"] = *std::max_element(processes.begin(), processes.end());
  if (processes.size() < 2) return;
  double squares = 0;
  for (const double value : processes) squares += (value - mean) * (value - mean);
  entry["std_dev"] = std::sqrt(squares / (count - 1));
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Json codespeed_results(const MeasureResult& result, const CodespeedNames& names) {
  std::vector<Arm> arms = arms_with_samples(result.measurement);
  const BlocksOfWorkloads blocks = blocks_of_workloads(result.measurement);
  std::set<std::string> taken;
  Json entries = Json::array();
  for (const Arm* arm : arms_asked_for(result)) {
    const Interpreter& interpreter = arm->interpreter;
    const std::string word = executable(*arm, taken);
    const auto or_own = [](const std::string& given, const std::string& own, std::size_t longest) {
      return given.empty() ? shortened(printable(own), longest) : given;
    };
    for (const Workload& workload : result.measurement.workloads) {
      std::vector<double> processes;
      for (const Block* block : complete_blocks(blocks, workload.name, arms))
        if (const Sample* sample = good_sample(*block, arm->id))
          processes.push_back(mean_of(sample->wall_values));
      if (processes.empty()) continue;
      Json entry = {{"commitid", or_own(names.commit, interpreter.version, kLongestCommit)},
                    {"branch", names.branch},
                    {"project", or_own(names.project, interpreter.implementation, kLongestProject)},
                    {"executable", word},
                    {"benchmark", shortened(printable(workload.name), kLongestBenchmark)},
                    {"environment", names.environment},
                    {"units", "seconds"},
                    {"lessisbetter", true}};
      put_value(entry, processes);
      entries.push_back(std::move(entry));
    }
  }
  if (entries.empty())
    throw Failure("no block has a good sample of every interpreter: nothing to tell Codespeed");
  return entries;
}

}  // namespace pytune
