#include "build/build.h"

namespace pytune {

void to_json(nlohmann::json& j, const RecordedCommand& c) {
  j = {{"stage", c.stage}, {"directory", c.directory}, {"line", c.line}, {"seconds", c.seconds}};
}

void from_json(const nlohmann::json& j, RecordedCommand& c) {
  j.at("stage").get_to(c.stage);
  j.at("directory").get_to(c.directory);
  j.at("line").get_to(c.line);
  j.at("seconds").get_to(c.seconds);
}

void to_json(nlohmann::json& j, const RecordedTool& t) {
  j = {{"name", t.name}, {"path", t.path}, {"version", t.version}, {"sha256", t.sha256}};
}

void from_json(const nlohmann::json& j, RecordedTool& t) {
  j.at("name").get_to(t.name);
  j.at("path").get_to(t.path);
  j.at("version").get_to(t.version);
  j.at("sha256").get_to(t.sha256);
}

void to_json(nlohmann::json& j, const BuildFailure& f) {
  j = {{"stage", f.stage},     {"class", f.failure_class},
       {"message", f.message}, {"remedy", f.remedy},
       {"log", f.log},         {"deterministic", f.deterministic}};
}

void from_json(const nlohmann::json& j, BuildFailure& f) {
  j.at("stage").get_to(f.stage);
  j.at("class").get_to(f.failure_class);
  j.at("message").get_to(f.message);
  j.at("remedy").get_to(f.remedy);
  j.at("log").get_to(f.log);
  j.at("deterministic").get_to(f.deterministic);
}

void to_json(nlohmann::json& j, const RecordedTarget& target) {
  j = {{"profile", target.profile},          {"triple", target.triple},
       {"sysroot", target.sysroot.string()}, {"native", target.native.string()},
       {"plugin", target.plugin.string()},   {"run_words", target.run_words}};
}

void from_json(const nlohmann::json& j, RecordedTarget& target) {
  j.at("profile").get_to(target.profile);
  j.at("triple").get_to(target.triple);
  target.sysroot = j.at("sysroot").get<std::string>();
  target.native = j.at("native").get<std::string>();
  target.plugin = j.at("plugin").get<std::string>();
  j.at("run_words").get_to(target.run_words);
}

void to_json(nlohmann::json& j, const Build& b) {
  j = {{"id", b.id},
       {"configuration", b.configuration.canonical()},
       {"name", b.name},
       {"source_version", b.source_version},
       {"source_archive", b.source_archive},
       {"source_sha256", b.source_sha256},
       {"source_origin", b.source_origin},
       {"prefix", b.prefix.string()},
       {"python", b.python.string()},
       {"configure_arguments", b.configure_arguments},
       {"make_variables", b.make_variables},
       {"profile_make_variables", b.profile_make_variables},
       {"training_command", b.training_command},
       {"training_sha256", b.training_sha256},
       {"profile_sha256", b.profile_sha256},
       {"profile", b.profile.string()},
       {"bolt_arguments", b.bolt_arguments},
       {"commands", b.commands},
       {"tools", b.tools},
       {"effective_flags", b.effective_flags},
       {"unprofiled_functions", b.unprofiled_functions},
       {"flag_mismatches", b.flag_mismatches},
       {"cpu_requirement", b.cpu_requirement},
       {"code_sha256", b.code_sha256},
       {"interpreter_bytes", b.interpreter_bytes},
       {"prefix_bytes", b.prefix_bytes},
       {"build_seconds", b.build_seconds}};
  if (b.target) j["target"] = *b.target;
  if (b.rebuild > 0) j["rebuild"] = b.rebuild;
  if (b.failure) j["failure"] = *b.failure;
}

void from_json(const nlohmann::json& j, Build& b) {
  j.at("id").get_to(b.id);
  b.configuration = configuration_from_json(j.at("configuration"));
  j.at("name").get_to(b.name);
  b.rebuild = j.value("rebuild", 0);
  j.at("source_version").get_to(b.source_version);
  j.at("source_archive").get_to(b.source_archive);
  j.at("source_sha256").get_to(b.source_sha256);
  j.at("source_origin").get_to(b.source_origin);
  b.prefix = j.at("prefix").get<std::string>();
  b.python = j.at("python").get<std::string>();
  j.at("configure_arguments").get_to(b.configure_arguments);
  j.at("make_variables").get_to(b.make_variables);
  j.at("profile_make_variables").get_to(b.profile_make_variables);
  j.at("training_command").get_to(b.training_command);
  j.at("training_sha256").get_to(b.training_sha256);
  j.at("profile_sha256").get_to(b.profile_sha256);
  b.profile = j.at("profile").get<std::string>();
  j.at("bolt_arguments").get_to(b.bolt_arguments);
  j.at("commands").get_to(b.commands);
  j.at("tools").get_to(b.tools);
  j.at("effective_flags").get_to(b.effective_flags);
  b.unprofiled_functions = j.value("unprofiled_functions", std::vector<std::string>());
  j.at("flag_mismatches").get_to(b.flag_mismatches);
  j.at("cpu_requirement").get_to(b.cpu_requirement);
  j.at("code_sha256").get_to(b.code_sha256);
  j.at("interpreter_bytes").get_to(b.interpreter_bytes);
  j.at("prefix_bytes").get_to(b.prefix_bytes);
  j.at("build_seconds").get_to(b.build_seconds);
  if (j.contains("target")) b.target = j.at("target").get<RecordedTarget>();
  if (j.contains("failure")) b.failure = j.at("failure").get<BuildFailure>();
}

}  // namespace pytune
