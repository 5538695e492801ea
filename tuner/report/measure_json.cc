// `pytune measure --json` and `pytune compare --json`.
#include "report/evidence.h"
#include "report/measure_result.h"

namespace pytune {
namespace {

constexpr int kSchema = 1;

nlohmann::json interpreter_json(const MeasuredInterpreter& interpreter) {
  return {{"arm", interpreter.arm},         {"name", interpreter.name},
          {"python", interpreter.python},   {"implementation", interpreter.implementation},
          {"version", interpreter.version}, {"compiler", interpreter.compiler},
          {"sha256", interpreter.sha256}};
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
  if (!result.counters.arms.empty()) j["counters"] = result.counters;
  for (const auto& interpreter : result.interpreters)
    j["interpreters"].push_back(interpreter_json(interpreter));
}

}  // namespace pytune
