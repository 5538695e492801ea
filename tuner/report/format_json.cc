// The recommendation for programs: what the other forms say, as one object.
#include <nlohmann/json.hpp>

#include "report/figures.h"
#include "report/formats.h"
#include "report/reproduction.h"
#include "report/text.h"

namespace pytune::report {
namespace {

using Json = nlohmann::ordered_json;

Json speed_of(const SweepResult& result, const Build& build) {
  const auto figure = figure_of(result, build);
  if (!figure) return nullptr;
  return {{"against", result.baseline_build},
          {"estimate", figure->speed.estimate},
          {"low", figure->speed.low},
          {"high", figure->speed.high},
          {"confidence", figure->confidence},
          {"confirmed", figure->confirmed},
          {"evidence", result.recommendation.evidence}};
}

Json host_of(const SweepResult& result) {
  const Host& host = result.host;
  return {{"architecture", host.architecture},
          {"cpu_model", host.cpu_model},
          {"cpus", host.cpus},
          {"kernel", host.kernel},
          {"libc", host.libc},
          {"os", host.os}};
}

Json tools_of(const Build& build) {
  Json tools = Json::array();
  for (const RecordedTool& tool : build.tools)
    tools.push_back({{"name", tool.name},
                     {"version", tool.version},
                     {"path", tool.path},
                     {"sha256", tool.sha256}});
  return tools;
}

Json commands_of(const Build& build) {
  Json commands = Json::array();
  for (const RecordedCommand& command : build.commands)
    commands.push_back({{"stage", command.stage},
                        {"directory", command.directory},
                        {"line", command.line},
                        {"seconds", command.seconds}});
  return commands;
}

}  // namespace

std::string json_form(const SweepResult& result, const Build& build) {
  static_cast<void>(
      reproduction_of(build));  // refuses a build that cannot be reproduced, as the other forms do
  const Recommendation& recommended = result.recommendation;
  const Json document{
      {"schema", 1},
      {"build", build.id},
      {"name", build.name},
      {"recommended", recommended.significant && recommended.arm == build.id},
      {"evidence", recommended.evidence},
      {"speed", speed_of(result, build)},
      {"statement", speed_sentence(result, build)},
      {"sweep", {{"id", result.id}, {"preset", result.preset}, {"created", result.created}}},
      {"host", host_of(result)},
      {"cpu_requirement", build.cpu_requirement},
      {"configuration", build.configuration.canonical()},
      {"source",
       {{"version", build.source_version},
        {"archive", build.source_archive},
        {"sha256", build.source_sha256},
        {"origin", build.source_origin}}},
      {"configure_arguments", build.configure_arguments},
      {"make_variables", build.make_variables},
      {"profile_make_variables", build.profile_make_variables},
      {"training_command", build.training_command},
      {"training_sha256", build.training_sha256},
      {"profile_sha256", build.profile_sha256},
      {"bolt_arguments", build.bolt_arguments},
      {"tools", tools_of(build)},
      {"commands", commands_of(build)},
      {"effective_flags", build.effective_flags},
      {"flag_mismatches", build.flag_mismatches},
      {"code_sha256", build.code_sha256},
      {"interpreter_bytes", build.interpreter_bytes},
      {"prefix_bytes", build.prefix_bytes},
      {"build_seconds", build.build_seconds}};
  // A path or a log line may hold bytes that are not UTF-8; they must not cost the whole document.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pytune::report
