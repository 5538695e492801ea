// A sweep's result as JSON: `pytune sweep --json`, and the record that later verbs read.
#include <fmt/format.h>

#include <algorithm>

#include "report/evidence.h"
#include "report/result.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr int kResultSchema = 1;

// Axes in their own order again: a json object sorts its keys.
nlohmann::ordered_json in_axis_order(const nlohmann::json& configuration) {
  nlohmann::ordered_json ordered = nlohmann::ordered_json::object();
  for (const std::string& axis : axis_names())
    if (configuration.contains(axis)) ordered[axis] = configuration.at(axis);
  for (const auto& [axis, value] : configuration.items()) ordered[axis] = value;
  return ordered;
}

nlohmann::json numeric_json(const Numeric& numeric, const std::string& evidence) {
  nlohmann::json networks = nlohmann::json::array();
  for (const NetworkInBf16& one : numeric.networks)
    networks.push_back({{"network", one.network},
                        {"speed", one.speed},
                        {"difference", one.difference},
                        {"rows", one.rows},
                        {"same_largest", one.same_largest},
                        {"float32_backend", one.float32_backend},
                        {"bf16_backend", one.bf16_backend}});
  return {{"measurement", numeric.measurement},
          {"comparison", with_evidence(numeric.comparison, evidence)},
          {"networks", with_evidence(networks, evidence)}};
}

Numeric parse_numeric(const nlohmann::json& j) {
  Numeric numeric{j.at("measurement").get<Measurement>(), j.at("comparison").get<Comparison>(), {}};
  for (const auto& one : j.at("networks"))
    numeric.networks.push_back({one.at("network").get<std::string>(),
                                one.at("speed").get<Interval>(), one.at("difference").get<double>(),
                                one.at("rows").get<long>(), one.at("same_largest").get<long>(),
                                one.at("float32_backend").get<std::string>(),
                                one.at("bf16_backend").get<std::string>()});
  return numeric;
}

SweepResult parse(const nlohmann::json& j) {
  SweepResult result;
  j.at("id").get_to(result.id);
  j.at("preset").get_to(result.preset);
  j.at("created").get_to(result.created);
  j.at("host").get_to(result.host);
  j.at("builds").get_to(result.builds);
  for (const auto& point : j.at("dropped"))
    result.dropped.push_back(
        {in_axis_order(point.at("configuration")), point.at("reason").get<std::string>()});
  j.at("baseline_build").get_to(result.baseline_build);
  result.target = j.value("target", "");
  j.at("system_python").get_to(result.system_python);
  j.at("measurement").get_to(result.measurement);
  j.at("race").get_to(result.race);
  if (j.contains("rebuilds")) {
    const auto& again = j.at("rebuilds");
    result.rebuilds = Rebuilds{again.at("builds").get<std::vector<Build>>(),
                               again.at("measurement").get<Measurement>(), std::nullopt};
    if (again.contains("comparison"))
      result.rebuilds->comparison = again.at("comparison").get<RebuildComparison>();
  }
  if (j.contains("numeric")) result.numeric = parse_numeric(j.at("numeric"));
  if (j.contains("confirm")) result.confirm = j.at("confirm").get<Comparison>();
  j.at("recommendation").get_to(result.recommendation);
  j.at("warnings").get_to(result.warnings);
  j.at("build_minutes").get_to(result.build_minutes);
  j.at("measure_minutes").get_to(result.measure_minutes);
  return result;
}

}  // namespace

void to_json(nlohmann::json& j, const SweepResult& result) {
  const std::string& evidence = result.recommendation.evidence;
  nlohmann::json dropped = nlohmann::json::array();
  for (const DroppedPoint& point : result.dropped)
    dropped.push_back({{"configuration", point.configuration}, {"reason", point.reason}});
  // The level up here stands for the figures that are plain numbers: samples, sizes, seconds.
  j = {{"schema", kResultSchema},
       {"evidence", evidence},
       {"id", result.id},
       {"preset", result.preset},
       {"created", result.created},
       {"host", result.host},
       {"builds", result.builds},
       {"dropped", dropped},
       {"baseline_build", result.baseline_build},
       {"target", result.target},
       {"system_python", result.system_python},
       {"measurement", result.measurement},
       {"race", with_evidence(result.race, evidence)},
       {"recommendation", with_evidence(result.recommendation, evidence)},
       {"warnings", result.warnings},
       {"build_minutes", result.build_minutes},
       {"measure_minutes", result.measure_minutes}};
  if (result.confirm) j["confirm"] = with_evidence(*result.confirm, evidence);
  if (result.numeric) j["numeric"] = numeric_json(*result.numeric, evidence);
  if (result.rebuilds) {
    j["rebuilds"] = {{"builds", result.rebuilds->builds},
                     {"measurement", result.rebuilds->measurement}};
    if (result.rebuilds->comparison)
      j["rebuilds"]["comparison"] = with_evidence(*result.rebuilds->comparison, evidence);
  }
}

void from_json(const nlohmann::json& j, SweepResult& result) {
  const auto schema = j.is_object() ? j.find("schema") : j.end();
  if (schema == j.end() || !schema->is_number_integer())
    throw UsageError(
        "not a pytune result: it has no schema number; give the JSON of a pytune sweep");
  if (*schema != kResultSchema)
    throw UsageError(
        fmt::format("result schema {} is not {}, the one this pytune reads; use the "
                    "pytune that wrote it, or run the sweep again",
                    schema->dump(), kResultSchema));
  try {
    result = parse(j);
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(
        fmt::format("damaged pytune result ({}); run the sweep again: what is built "
                    "and measured is kept",
                    error.what()));
  }
}

}  // namespace pytune
