// `pytune measure --json` and `pytune compare --json`, and the record that later commands read. It
// may have been written by another version, on another machine, or by anyone.
#include <fmt/format.h>

#include <climits>
#include <set>

#include "input/json.h"
#include "report/evidence.h"
#include "report/measure_result.h"
#include "report/throughput.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr int kMeasureSchema = 1;
constexpr std::size_t kMostCpus = 1U << 20U;
constexpr std::size_t kMostInterpreters = 10'000;
constexpr std::size_t kLongestText = 8192;
constexpr double kMostMinutes = 1e9;

nlohmann::json interpreter_json(const MeasuredInterpreter& interpreter) {
  return {{"arm", interpreter.arm},         {"name", interpreter.name},
          {"python", interpreter.python},   {"implementation", interpreter.implementation},
          {"version", interpreter.version}, {"compiler", interpreter.compiler},
          {"sha256", interpreter.sha256}};
}

nlohmann::json throughput_json(const MeasureResult& result) {
  nlohmann::json j = {{"cpus", result.throughput_cpus}, {"arms", nlohmann::json::array()}};
  if (result.price_per_hour > 0) j["price_per_hour"] = result.price_per_hour;
  for (const auto& arm : arm_throughputs(result)) {
    nlohmann::json row = {{"arm", arm.arm},
                          {"evidence", result.evidence},
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

MeasuredInterpreter read_interpreter(const JsonView& value) {
  const auto text = [&](std::string_view key) { return value.at(key).text(kLongestText); };
  return {text("arm"),     text("name"),     text("python"), text("implementation"),
          text("version"), text("compiler"), text("sha256")};
}

// A part with a reader of its own, whose complaint is told with the place of the part.
template <class Part>
Part read_part(const JsonView& whole, std::string_view key) {
  const JsonView view = whole.at(key);
  try {
    return view.value().get<Part>();
  } catch (const UsageError& problem) {
    view.fail(problem.what());
  } catch (const nlohmann::json::exception& problem) {
    view.fail(problem.what());
  }
}

Host read_host_of(const JsonView& whole) {
  const JsonView host = whole.at("host");
  // Whatever has its range checked here is converted without loss by the reader below.
  host.at("cpus").integer(0, 1 << 20);
  host.at("memory_bytes").integer(0, LONG_MAX);
  host.at("available_memory_bytes").integer(0, LONG_MAX);
  host.at("load1").number(0, 1e9);
  return read_part<Host>(whole, "host");
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
  result.evidence = value.at("evidence").one_of({"measured", "counted", "modelled"});
  result.id = value.at("id").text(kLongestText);
  result.created = value.at("created").text(kLongestText);
  result.suite = value.at("suite").text(kLongestText);
  result.host = read_host_of(value);
  for (const JsonView& one : value.at("interpreters").elements(kMostInterpreters))
    result.interpreters.push_back(read_interpreter(one));
  result.measurement = read_part<Measurement>(value, "measurement");
  result.comparison = read_part<Comparison>(value, "comparison");
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
  require_consistent(result);
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
  if (result.interpreters.empty() || result.interpreters[0].arm != baseline)
    throw UsageError("interpreters: the baseline does not come first");
  std::set<std::string> seen;
  for (const auto& interpreter : result.interpreters)
    if (!arms.contains(interpreter.arm) || !seen.insert(interpreter.arm).second)
      throw UsageError(
          fmt::format("interpreters: \"{}\" is no arm, or there twice", interpreter.arm));
  seen = {baseline};
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
       {"evidence", result.evidence},
       {"id", result.id},
       {"created", result.created},
       {"suite", result.suite},
       {"host", result.host},
       {"interpreters", nlohmann::json::array()},
       {"measurement", result.measurement},
       {"comparison", with_evidence(result.comparison, result.evidence)},
       {"looks", result.looks},
       {"minutes", result.minutes}};
  if (!result.throughput_cpus.empty()) j["throughput"] = throughput_json(result);
  if (!result.counters.arms.empty()) j["counters"] = result.counters;
  for (const auto& interpreter : result.interpreters)
    j["interpreters"].push_back(interpreter_json(interpreter));
}

}  // namespace pytune
