#include "build/description.h"

#include "spec/environment.h"

namespace pytune {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson tools_of(const Build& build) {
  OrderedJson tools = OrderedJson::array();
  for (const RecordedTool& tool : build.tools)
    tools.push_back({{"name", tool.name},
                     {"version", tool.version},
                     {"path", tool.path},
                     {"sha256", tool.sha256}});
  return tools;
}

OrderedJson commands_of(const Build& build) {
  OrderedJson commands = OrderedJson::array();
  for (const RecordedCommand& command : build.commands)
    commands.push_back(
        {{"stage", command.stage}, {"directory", command.directory}, {"line", command.line}});
  return commands;
}

}  // namespace

OrderedJson described_fields(const Build& build) {
  OrderedJson fields = {{"name", build.name},
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
                        {"unprofiled_functions", build.unprofiled_functions},
                        {"code_sha256", build.code_sha256},
                        {"interpreter_bytes", build.interpreter_bytes}};
  if (build.counted_functions > 0)
    fields["training_reach"] = {{"functions", build.counted_functions},
                                {"never_run", build.never_run_functions}};
  // What it was measured with, and is to be run with.
  if (const Environment variables = environment_of(build.configuration); !variables.empty())
    fields["environment"] = variables;
  return fields;
}

}  // namespace pytune
