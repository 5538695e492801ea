// `pytune measure --json` and `pytune compare --json`, and the record that later commands read. It
// may have been written by another version, on another machine, or by anyone.
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <set>

#include "input/json.h"
#include "result/host_record.h"
#include "result/measure_result.h"
#include "result/throughput.h"
#include "result/with_evidence.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr int kMeasureSchema = 1;
constexpr std::size_t kMostCpus = 1U << 20U;
constexpr std::size_t kMostInterpreters = 10'000;
constexpr std::size_t kLongestText = 8192;
constexpr double kMostMinutes = 1e9;

// Each once, and of how many workers it was said.
nlohmann::json workers_json(const Measurement& measurement, const std::string& arm) {
  std::vector<std::pair<SelfReport, int>> said;
  for (const Block& block : measurement.blocks)
    for (const Sample& sample : block.samples) {
      if (sample.arm != arm || sample.python == SelfReport()) continue;
      const auto known = std::find_if(said.begin(), said.end(),
                                      [&](const auto& one) { return one.first == sample.python; });
      if (known == said.end())
        said.emplace_back(sample.python, 1);
      else
        ++known->second;
    }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [python, workers] : said) {
    nlohmann::json one = python;
    one["workers"] = workers;
    list.push_back(std::move(one));
  }
  return list;
}

nlohmann::json facts_json(const Arm& arm, const Measurement& measurement) {
  const Interpreter& one = arm.interpreter;
  nlohmann::json facts = {{"arm", arm.id},
                          {"name", one.name},
                          {"python", one.python},
                          {"version", one.version},
                          {"compiler", one.compiler},
                          {"sha256", one.identity},
                          {"implementation", one.implementation}};
  if (!one.emulated.empty()) facts["emulated"] = one.emulated;
  if (!one.variables.empty()) facts["variables"] = one.variables;
  if (!one.preloaded.empty()) facts["preloaded_sha256"] = one.preloaded;
  if (auto ran = workers_json(measurement, arm.id); !ran.empty()) facts["ran"] = std::move(ran);
  return facts;
}

nlohmann::json throughput_json(const MeasureResult& result) {
  nlohmann::json j = {{"cpus", result.throughput_cpus}, {"arms", nlohmann::json::array()}};
  if (result.price_per_hour > 0) j["price_per_hour"] = result.price_per_hour;
  for (const auto& arm : arm_throughputs(result)) {
    nlohmann::json row = {{"arm", arm.arm},
                          {"evidence", name_of(evidence_of(result))},
                          {"cpu_spread", arm.cpu_spread},
                          {"workloads", nlohmann::json::array()}};
    for (const auto& workload : arm.workloads)
      row["workloads"].push_back({{"workload", workload.workload},
                                  {"per_second", workload.per_second},
                                  {"per_unit_of_money", workload.per_money}});
    j["arms"].push_back(row);
  }
  return j;
}

// What an interpreter says of itself is recorded apart from the arms, the baseline's first.
void read_facts(const JsonView& list, Measurement& measurement) {
  std::set<std::string> seen;
  for (const JsonView& one : list.elements(kMostInterpreters)) {
    const auto text = [&](std::string_view key) { return one.at(key).text(kLongestText); };
    const std::string id = text("arm");
    const auto arm = std::find_if(measurement.arms.begin(), measurement.arms.end(),
                                  [&](const Arm& known) { return known.id == id; });
    if (arm == measurement.arms.end() || !seen.insert(id).second)
      throw UsageError(fmt::format("interpreters: \"{}\" is no arm, or there twice", id));
    if (seen.size() == 1 && arm != measurement.arms.begin())
      throw UsageError("interpreters: the baseline does not come first");
    Interpreter& interpreter = arm->interpreter;
    interpreter.name = text("name");
    interpreter.implementation = text("implementation");
    interpreter.version = text("version");
    interpreter.compiler = text("compiler");
    interpreter.identity = text("sha256");
    if (one.has("emulated")) interpreter.emulated = text("emulated");
    if (one.has("preloaded_sha256")) interpreter.preloaded = text("preloaded_sha256");
  }
  for (const Arm& arm : measurement.arms)
    if (arm.role != Arm::Role::copy && !seen.contains(arm.id))
      throw UsageError(fmt::format("interpreters: none for the arm \"{}\"", arm.id));
}

// Rates are made anew from the counts; only what they were counted on is read.
Core read_counted_core(const JsonView& counters) {
  const JsonView midr = counters.at("midr");
  Core core;
  core.implementer = midr.at("implementer").small_integer(0, 0xff);
  core.part = midr.at("part").small_integer(0, 0xfff);
  core.variant = midr.at("variant").small_integer(0, 0xf);
  core.revision = midr.at("revision").small_integer(0, 0xf);
  return core;
}

MeasureResult read_result(const JsonView& value) {
  value.at("kind").one_of({"measurement"});
  if (const long schema = value.at("schema").integer(0, LONG_MAX); schema != kMeasureSchema)
    value.at("schema").fail(
        fmt::format("{} is not {}, the one this pytune reads; use the pytune that wrote it", schema,
                    kMeasureSchema));
  MeasureResult result;
  result.id = value.at("id").text(kLongestText);
  result.created = value.at("created").text(kLongestText);
  result.suite = value.at("suite").text(kLongestText);
  result.host = value_of<Host>(value.at("host"));
  result.measurement = value_of<Measurement>(value.at("measurement"));
  result.comparison = value_of<Comparison>(value.at("comparison"));
  require_consistent(result);
  read_facts(value.at("interpreters"), result.measurement);
  result.looks = value.at("looks").small_integer(1, INT_MAX);
  result.minutes = value.at("minutes").number(0, kMostMinutes);
  if (value.has("throughput")) {
    const JsonView throughput = value.at("throughput");
    for (const JsonView& cpu : throughput.at("cpus").elements(kMostCpus))
      result.throughput_cpus.push_back(cpu.small_integer(0, INT_MAX));
    if (throughput.has("price_per_hour"))
      result.price_per_hour = throughput.at("price_per_hour").number(0, 1e15);
  }
  if (value.has("counters"))
    result.counters = compare_counters(result.measurement, read_counted_core(value.at("counters")));
  value.at("evidence").one_of({name_of(evidence_of(result))});  // it follows from the figures
  return result;
}

}  // namespace

void require_consistent(const MeasureResult& result) {
  std::set<std::string> arms;
  std::set<std::string> baselines;
  for (const Arm& arm : result.measurement.arms) {
    arms.insert(arm.id);
    if (arm.role == Arm::Role::baseline) baselines.insert(arm.id);
  }
  const std::string& baseline = result.comparison.baseline;
  if (baselines != std::set{baseline})
    throw UsageError("measurement: its baseline is not the comparison's");
  if (result.measurement.arms.front().role != Arm::Role::baseline)
    throw UsageError("measurement: the baseline does not come first");
  std::set<std::string> seen = {baseline};
  for (const auto& row : result.comparison.arms)
    if (!arms.contains(row.arm) || !seen.insert(row.arm).second)
      throw UsageError(fmt::format("comparison: \"{}\" is no arm, or there twice", row.arm));
}

void from_json(const nlohmann::json& j, MeasureResult& result) {
  result = read_result(JsonView(j));
}

void to_json(nlohmann::json& j, const MeasureResult& result) {
  j = {{"schema", kMeasureSchema},
       {"kind", "measurement"},
       {"evidence", name_of(evidence_of(result))},
       {"id", result.id},
       {"created", result.created},
       {"suite", result.suite},
       {"host", result.host},
       {"interpreters", nlohmann::json::array()},
       {"measurement", result.measurement},
       {"comparison", with_evidence(result.comparison, evidence_of(result))},
       {"looks", result.looks},
       {"minutes", result.minutes}};
  if (!result.throughput_cpus.empty()) j["throughput"] = throughput_json(result);
  if (!result.counters.arms.empty()) j["counters"] = result.counters;
  for (const Arm* arm : arms_asked_for(result))
    j["interpreters"].push_back(facts_json(*arm, result.measurement));
}

}  // namespace pytune
