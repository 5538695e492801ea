// Records of the room as JSON.
#include "build/build.h"

namespace pytune {

DEFINE_RECORD(RecordedCommand, no_check<RecordedCommand>, field("stage", &RecordedCommand::stage),
              field("directory", &RecordedCommand::directory),
              field("line", &RecordedCommand::line), field("seconds", &RecordedCommand::seconds))

DEFINE_RECORD(RecordedTool, no_check<RecordedTool>, field("name", &RecordedTool::name),
              field("path", &RecordedTool::path), field("version", &RecordedTool::version),
              field("sha256", &RecordedTool::sha256))

DEFINE_RECORD(BuildFailure, no_check<BuildFailure>, field("stage", &BuildFailure::stage),
              field("class", &BuildFailure::failure_class),
              field("message", &BuildFailure::message), field("remedy", &BuildFailure::remedy),
              field("log", &BuildFailure::log),
              field("deterministic", &BuildFailure::deterministic))

DEFINE_RECORD(RecordedTarget, no_check<RecordedTarget>, field("profile", &RecordedTarget::profile),
              field("triple", &RecordedTarget::triple), field("sysroot", &RecordedTarget::sysroot),
              field("native", &RecordedTarget::native), field("plugin", &RecordedTarget::plugin),
              field("run_words", &RecordedTarget::run_words),
              later_field("profile_runtime", &RecordedTarget::profile_runtime),
              later_field("profile_runtime_link", &RecordedTarget::profile_runtime_link),
              later_field("bolt_runtime", &RecordedTarget::bolt_runtime))

DEFINE_RECORD(
    Build, no_check<Build>, field("id", &Build::id), field("configuration", &Build::configuration),
    field("name", &Build::name), optional_field("rebuild", &Build::rebuild),
    field("source_version", &Build::source_version),
    field("source_archive", &Build::source_archive), field("source_sha256", &Build::source_sha256),
    field("source_origin", &Build::source_origin), field("prefix", &Build::prefix),
    field("python", &Build::python), field("configure_arguments", &Build::configure_arguments),
    field("make_variables", &Build::make_variables),
    field("profile_make_variables", &Build::profile_make_variables),
    field("training_command", &Build::training_command),
    field("training_sha256", &Build::training_sha256),
    field("profile_sha256", &Build::profile_sha256), field("profile", &Build::profile),
    optional_field("counted_functions", &Build::counted_functions),
    optional_field("never_run_functions", &Build::never_run_functions),
    field("bolt_arguments", &Build::bolt_arguments), field("commands", &Build::commands),
    field("tools", &Build::tools), field("effective_flags", &Build::effective_flags),
    later_field("unprofiled_functions", &Build::unprofiled_functions),
    field("flag_mismatches", &Build::flag_mismatches),
    field("cpu_requirement", &Build::cpu_requirement), field("code_sha256", &Build::code_sha256),
    optional_field("missing_modules", &Build::missing_modules),
    field("interpreter_bytes", &Build::interpreter_bytes),
    field("prefix_bytes", &Build::prefix_bytes), field("build_seconds", &Build::build_seconds),
    field("target", &Build::target), field("failure", &Build::failure))

}  // namespace pytune
