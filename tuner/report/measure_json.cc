// `pytune measure --json` and `pytune compare --json`.
#include "report/evidence.h"
#include "report/measure_result.h"
#include "report/throughput.h"

namespace pytune {
namespace {

constexpr int kSchema = 1;

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

}  // namespace

void to_json(nlohmann::json& j, const MeasureResult& result) {
  j = {{"schema", kSchema},
       {"kind", "measurement"},
       {"evidence", result.evidence},
       {"id", result.id},
       {"created", result.created},
       {"suite", result.suite},
       {"host", result.host},
       {"interpreters", nlohmann::json::array()},
       {"measurement", result.measurement},
       {"comparison", report::with_evidence(result.comparison, result.evidence)},
       {"looks", result.looks},
       {"minutes", result.minutes}};
  if (!result.throughput_cpus.empty()) j["throughput"] = throughput_json(result);
  for (const auto& interpreter : result.interpreters)
    j["interpreters"].push_back(interpreter_json(interpreter));
}

}  // namespace pytune
