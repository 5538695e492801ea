#include "build/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "build/bolt.h"
#include "build/compile_log.h"
#include "build/configured_tree.h"
#include "build/finish.h"
#include "build/link_order.h"
#include "build/slot_commands.h"
#include "build/training.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> joined_words(std::vector<std::string> first,
                                      const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// make install compiles the standard library three times over, which finish.cc does once for all
// builds of a source; --help makes compileall print its usage and succeed.
const std::vector<std::string> kInstallWords = {"COMPILEALL_OPTS=--help", "ENSUREPIP=no"};

// Executables that a build of CPython links besides its interpreter, each with LTO for as long as
// that: two that freeze modules (into headers of bytecode, which no flag changes: the configure
// stage makes them for all) and one for CPython's own tests.
const std::vector<std::string> kHelpers = {"Programs/_freeze_module", "_bootstrap_python",
                                           "Programs/_testembed"};

void freeze_modules(SlotCommands& commands, const fs::path& tree) {
  std::vector<std::string> words{"OPT=-O0"};
  const std::string makefile = read_file(tree / "Makefile");
  // 3.11 and 3.12 turn the bytecode into C as well.
  for (const char* target : {"Python/frozen.o", "Python/deepfreeze/deepfreeze.c"}) {
    if (makefile.find(target) != std::string::npos) words.emplace_back(target);
  }
  if (words.size() == 1) return;
  commands.make(words);
  for (const char* made : {"Python/frozen_modules", "Python/deepfreeze"}) {
    if (!fs::exists(commands.build() / made)) continue;
    fs::create_directories(tree / made);
    for (const auto& entry : fs::directory_iterator(commands.build() / made)) {
      if (entry.path().extension() == ".o") continue;
      const fs::path kept = tree / made / entry.path().filename();
      if (!fs::exists(kept)) copy_tree(entry.path(), kept);
    }
  }
  // The JIT's code, which has flags of its own: 3.14 compiles 300 files for it.
  for (const auto& entry : fs::directory_iterator(commands.build()))
    if (entry.path().filename().string().starts_with("jit_stencils"))
      copy_tree(entry.path(), tree / entry.path().filename());
}

void run_configure(BuildContext&, const StageJob& job, SlotCommands& commands,
                   nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  configure_tree(recipe, commands);
  copy_tree(commands.build(), staging / "tree");
  freeze_modules(commands, staging / "tree");
  details["slot"] = commands.slot().string();
}

// make install links python3.14 to python3.14t, a second name for the file: BOLT would rewrite the
// one and leave the other, which python3 leads to.
void link_without_flags(BuildContext& context, const Recipe& recipe, SlotCommands& commands) {
  const std::string name = recipe.configuration.python_name(context.source.minor);
  const std::string plain = "python" + context.source.minor;
  if (name == plain) return;
  commands.run({"ln", "-sf", name, commands.installed_prefix() / "bin" / plain});
}

void make_and_install(SlotCommands& commands, const std::vector<std::string>& variables,
                      const Environment& extra) {
  commands.make(variables, extra, kHelpers);
  commands.make(
      joined_words(joined_words({"install", fmt::format("DESTDIR={}", commands.install().string())},
                                variables),
                   kInstallWords),
      extra, kHelpers);
}

// Its hash.
std::string take_profile(BuildContext& context, const Recipe& recipe, const StageRecipe& training,
                         SlotCommands& commands) {
  const auto trained = context.store.find(training.id);
  if (!trained)
    throw Failure(
        "the training stage vanished from the store while it was needed; run the sweep again");
  place_profile(*trained, recipe.toolchain.family, commands);
  return trained->details.at("profile_sha256");
}

void run_instrument(BuildContext& context, const StageJob& job, SlotCommands& commands,
                    nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  prepare_configured(context, recipe, commands);
  const bool again = recipe.instrument_inlined && stage.id == recipe.instrument_inlined->id;
  if (again) take_profile(context, recipe, *recipe.train, commands);
  // clang's runtime would leave default.profraw wherever the new interpreter is run by make.
  make_and_install(commands, again ? recipe.recount_make_variables : recipe.profile_make_variables,
                   {{"LLVM_PROFILE_FILE", "/dev/null"}});
  link_without_flags(context, recipe, commands);
  fs::rename(commands.installed_prefix(), staging / "prefix");
  // gcc's counters carry the absolute path of each object; the training stage strips as many
  // directories as this has.
  details["build_directory"] = commands.build().string();
}

void run_compile(BuildContext& context, const StageJob& job, SlotCommands& commands,
                 nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  prepare_configured(context, recipe, commands);
  if (const auto& training = recipe.last_training())
    details["profile_sha256"] = take_profile(context, recipe, *training, commands);
  std::vector<std::string> variables = recipe.make_variables;
  if (recipe.rebuild > 0)
    variables =
        joined_words(variables, shuffled_link_order(read_file(commands.build() / "Makefile"),
                                                    static_cast<unsigned>(recipe.rebuild)));
  make_and_install(commands, variables, {});
  link_without_flags(context, recipe, commands);
  fs::rename(commands.installed_prefix(), staging / "prefix");

  std::vector<std::string> asked = recipe.asked_flags;
  // A shared libpython is compiled -fPIC after our -fPIE/-fno-pie, as it must be.
  if (recipe.configuration.get<Libpython>() != Libpython::Value::static_)
    std::erase_if(asked, [](const std::string& f) { return f == "-fPIE" || f == "-fno-pie"; });
  // The file that is looked at is the one with other flags (CFLAGS_CEVAL).
  if (recipe.configuration.get<FramePointers>() == FramePointers::Value::reserve)
    std::erase_if(asked, [](const std::string& f) { return f.ends_with("-frame-pointer"); });
  const auto effective = effective_flags(commands.log_text(), "Python/ceval.c");
  details["effective_flags"] = effective ? effective->text() : "";
  details["flag_mismatches"] =
      effective ? flag_mismatches(*effective, asked)
                : std::vector<std::string>{"the compile log shows no command for Python/ceval.c"};
  details["unprofiled_functions"] = functions_without_profile(commands.log_text());
}

using StageFunction = void (*)(BuildContext&, const StageJob&, SlotCommands&,
                               nlohmann::json& details);

const std::map<StageKind, StageFunction>& stage_functions() {
  static const std::map<StageKind, StageFunction> table = {
      {StageKind::configure, run_configure}, {StageKind::instrument, run_instrument},
      {StageKind::train, run_training},      {StageKind::compile, run_compile},
      {StageKind::bolt, run_bolt},           {StageKind::finish, run_finish}};
  return table;
}

void to_record(nlohmann::json& details, const SlotCommands& commands) {
  details["commands"] = commands.commands();
  details["wall_seconds"] = commands.wall_seconds();
  details["cpu_seconds"] = commands.cpu_seconds();
}

// Our own file operations: a full disk, a store on a dying device. Never the configuration's fault.
BuildFailure file_failure(const StageRecipe& stage, const std::string& message, bool disk_full) {
  return {stage.id.kind,
          disk_full ? "disk-full" : "store-error",
          message,
          "free some space or repair the disk, then run the sweep again; finished stages are kept",
          "",
          false};
}

// The log of a failure that is not remembered against the configuration still has a place.
BuildFailure keep_attempt(BuildContext& context, const StageRecipe& stage, BuildFailure failure,
                          const fs::path& log) {
  try {
    const nlohmann::json inputs = {{"stage", stage.id.kind},
                                   {"key", stage.id.key},
                                   {"time", utc_timestamp()},
                                   {"log", fs::exists(log) ? sha256_file(log) : ""}};
    const StepId id{kAttemptStep, step_key(inputs)};
    context.store.produce(id, inputs, [&](const fs::path& staging) {
      if (fs::exists(log)) copy_tree(log, staging / "log.txt");
      return StepResult{false, {{"failure", failure}}};
    });
    failure.log = context.store.directory(id) / "log.txt";
  } catch (const std::exception&) {
    failure.log = "";  // a full disk, most likely; the message itself says so
  }
  return failure;
}

}  // namespace

Step run_stage(BuildContext& context, const Recipe& recipe, const StageRecipe& stage) {
  const auto make = [&](const fs::path& staging) {
    const fs::path tree = provide_patched_tree(context.store, context.source, recipe.patches);
    const WorkSlot slot = context.store.acquire_slot();
    const fs::path log = staging / "log.txt";
    nlohmann::json details = nlohmann::json::object();
    SlotCommands commands(context, stage.id.kind, recipe.target,
                          {slot.path(), log, tree, recipe.toolchain.folder});
    StepResult result;
    try {
      stage_functions().at(stage.kind)(context, {recipe, stage, staging}, commands, details);
    } catch (StageFailed& failed) {
      if (failed.failure.deterministic && fs::exists(log))
        failed.failure.log = context.store.directory(stage.id) / "log.txt";
      if (!failed.failure.deterministic)
        throw StageFailed{keep_attempt(context, stage, failed.failure, log)};
      for (const auto& entry : fs::directory_iterator(staging)) {
        if (entry.path() != log) remove_tree(entry.path());
      }
      const fs::path config_log = commands.build() / "config.log";
      if (fs::exists(config_log)) copy_tree(config_log, staging / "config.log");
      result.ok = false;
      details["failure"] = failed.failure;
    } catch (const Failure& failure) {
      const bool full = std::string(failure.what()).find("No space left") != std::string::npos;
      throw StageFailed{
          keep_attempt(context, stage, file_failure(stage, failure.what(), full), log)};
    } catch (const fs::filesystem_error& failure) {
      const bool full = failure.code() == std::errc::no_space_on_device;
      throw StageFailed{
          keep_attempt(context, stage, file_failure(stage, failure.what(), full), log)};
    }
    to_record(details, commands);
    result.details = details;
    return result;
  };
  return context.store.produce(stage.id, stage.inputs, make);
}

BuildFailure failure_of(const Step& failed_step) {
  return failed_step.details.at("failure").get<BuildFailure>();
}

Build failed_build(const Recipe& recipe, const Source& source, const BuildFailure& failure) {
  Build build;
  build.id = recipe.build.id.key;
  build.configuration = recipe.configuration;
  build.name = recipe.name;
  build.rebuild = recipe.rebuild;
  describe_source(build, source);
  build.configure_arguments = recipe.configure_arguments;
  build.make_variables = recipe.make_variables;
  build.profile_make_variables = recipe.profile_make_variables;
  build.failure = failure;
  return build;
}

}  // namespace pytune
