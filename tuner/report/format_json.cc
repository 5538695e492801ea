// The recommendation for programs: what the other forms say, as one object.
#include <nlohmann/json.hpp>

#include "build/description.h"
#include "input/json.h"
#include "report/formats.h"
#include "report/reproduction.h"
#include "report/sentences.h"
#include "report/text.h"
#include "result/lookup.h"

namespace pytune {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson speed_of(const SweepResult& result, const Build& build) {
  const auto figure = figure_of(result, build);
  if (!figure) return nullptr;
  return {{"against", result.baseline_build}, {"estimate", figure->speed.estimate},
          {"low", figure->speed.low},         {"high", figure->speed.high},
          {"confidence", figure->confidence}, {"confirmed", figure->confirmed},
          {"rebuilds", figure->rebuilds},     {"evidence", name_of(evidence_of(result))}};
}

OrderedJson host_of(const SweepResult& result) {
  const Host& host = result.host;
  return {{"architecture", host.architecture},
          {"cpu_model", host.cpu_model},
          {"cpus", host.cpus},
          {"kernel", host.kernel},
          {"libc", host.libc},
          {"os", host.os}};
}

}  // namespace

std::string json_form(const ChosenBuild& chosen) {
  const SweepResult& result = chosen.sweep;
  const Build& build = chosen.build;
  static_cast<void>(
      reproduction_of(build));  // refuses a build that cannot be reproduced, as the other forms do
  const Recommendation& recommended = result.recommendation;
  OrderedJson document{
      {"schema", 1},
      {"build", build.id},
      {"name", build.name},
      {"recommended", recommended.significant && recommended.arm == build.id},
      {"evidence", name_of(evidence_of(result))},
      {"speed", speed_of(result, build)},
      {"statement", speed_sentence(result, build)},
      {"sweep", {{"id", result.id}, {"preset", result.preset}, {"created", result.created}}},
      {"host", host_of(result)}};
  for (const auto& tested : result.tests)
    if (tested.build == build.id) document["own_tests"] = OrderedJson(nlohmann::json(tested));
  document["missing_modules"] = build.missing_modules;
  document.update(described_fields(build));
  for (std::size_t i = 0; i < build.commands.size(); ++i)
    document["commands"][i]["seconds"] = build.commands[i].seconds;
  document["prefix_bytes"] = build.prefix_bytes;
  document["build_seconds"] = build.build_seconds;
  return dump_json(document, 2) + "\n";
}

}  // namespace pytune
