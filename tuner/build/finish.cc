#include "build/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "binary/elf.h"
#include "build/training.h"
#include "sys/error.h"
#include "sys/files.h"
#include "toolchain/cpu_names.h"
#include "toolchain/launchers.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Of the interpreter's own settings, each build has its own.
constexpr std::string_view kSettings = "_sysconfigdata_";

// Where it runs here; of what is built for another machine, its native counterpart.
fs::path compiler_of_python(const BuildContext& context, const Recipe& recipe,
                            const fs::path& prefix) {
  const std::string& minor = context.source.minor;
  return recipe.target != nullptr ? context.native_prefix / "bin" / ("python" + minor)
                                  : prefix / "bin" / recipe.configuration.python_name(minor);
}

// Files with unchecked hashes: no start-up stats or rewrites a source file. -B and -f: what
// compileall itself imports would be written with times, which hold for this build alone, and then
// be passed over as compiled.
std::vector<std::string> compileall(const fs::path& python, const fs::path& prefix) {
  return {
      python, "-B",   "-m", "compileall",     "-f", "-q", "--invalidation-mode", "unchecked-hash",
      "-s",   prefix, "-p", kConfiguredPrefix};
}

// The standard library's bytecode, but for the settings, depends on the source alone. Made once, by
// whichever build comes first, so that all load identical bytes.
fs::path provide_bytecode(BuildContext& context, const Recipe& recipe, const fs::path& prefix,
                          SlotCommands& commands) {
  const nlohmann::json inputs = {{"source", context.source.id},
                                 {"stage_version", kBytecodeVersion}};
  const StepId id{"bytecode", step_key(inputs)};
  const auto make = [&](const fs::path& staging) {
    const fs::path library =
        prefix / "lib" / recipe.configuration.python_name(context.source.minor);
    std::vector<std::string> argv = compileall(compiler_of_python(context, recipe, prefix), prefix);
    const std::string others = fmt::format("/(test|tests|idle_test|lib2to3)/|/{}", kSettings);
    argv.insert(argv.end(), {"-j0", "-x", others, library});
    commands.run(argv);
    for (const auto& entry : fs::recursive_directory_iterator(library)) {
      const fs::path& file = entry.path();
      if (file.extension() != ".pyc" || file.filename().string().starts_with(kSettings)) continue;
      const fs::path target = staging / "lib" / fs::relative(file, library);
      fs::create_directories(target.parent_path());
      fs::rename(file, target);
    }
    return StepResult{true, {{"source", context.source.id}}};
  };
  return context.store.produce(id, inputs, make).directory / "lib";
}

// In place of what make left: a step of its runs from the installed library, and what that imports
// was written with times.
void link_bytecode(const fs::path& bytecode, const fs::path& library) {
  for (const auto& entry : fs::recursive_directory_iterator(bytecode)) {
    if (!entry.is_regular_file()) continue;
    const fs::path target = library / fs::relative(entry.path(), bytecode);
    fs::create_directories(target.parent_path());
    fs::remove(target);
    copy_tree(entry.path(), target, /*hard_link=*/true);
  }
}

void compile_settings(BuildContext& context, const Recipe& recipe, const fs::path& prefix,
                      const fs::path& library, SlotCommands& commands) {
  std::vector<std::string> argv = compileall(compiler_of_python(context, recipe, prefix), prefix);
  const std::size_t words = argv.size();
  for (const auto& entry : fs::directory_iterator(library))
    if (entry.path().filename().string().starts_with(kSettings)) argv.push_back(entry.path());
  if (argv.size() > words) commands.run(argv);
}

// `name`: "python3.14t"
std::vector<fs::path> interpreter_files(const fs::path& prefix, const std::string& name) {
  std::vector<fs::path> files{prefix / "bin" / name};
  const fs::path shared = prefix / "lib" / fmt::format("lib{}.so.1.0", name);
  if (fs::exists(shared)) files.push_back(shared);
  return files;
}

// Extension modules are code that workloads run, too.
std::vector<fs::path> with_modules(std::vector<fs::path> files, const fs::path& modules) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(modules, none)) {
    if (entry.path().extension() == ".so") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
  return files;
}

void gather_stages(BuildContext& context, const Recipe& recipe, Build& build) {
  for (const StageRecipe* stage : recipe.stages()) {
    if (stage->kind == StageKind::finish) continue;
    const auto step = context.store.find(stage->id);
    if (!step)
      throw Failure(fmt::format(
          "the {} stage vanished from the store while it was needed; run the sweep again",
          stage->id.kind));
    build.build_seconds += step->details.value("wall_seconds", 0.0);
    // Each later stage's own record begins with the same configure, in the directory it then works
    // in.
    if (stage->kind == StageKind::configure) continue;
    for (const auto& command : step->details.at("commands")) {
      build.commands.push_back({command.at("stage"), command.at("directory"), command.at("line"),
                                command.at("seconds")});
    }
    if (stage->kind == StageKind::compile) {
      build.effective_flags = step->details.at("effective_flags");
      build.flag_mismatches = step->details.at("flag_mismatches").get<std::vector<std::string>>();
      build.unprofiled_functions =
          step->details.at("unprofiled_functions").get<std::vector<std::string>>();
    }
    if (stage->kind == StageKind::train) {
      build.profile = step->directory / "profile";
      build.profile_sha256 = step->details.at("profile_sha256");
      if (const auto reach = step->details.find("reach"); reach != step->details.end()) {
        build.counted_functions = reach->at("functions");
        build.never_run_functions = reach->at("never_run");
      }
    }
  }
}

void describe_recipe(BuildContext& context, const Recipe& recipe, Build& build) {
  build.configuration = recipe.configuration;
  build.name = recipe.name;
  build.rebuild = recipe.rebuild;
  if (recipe.target != nullptr)
    build.target = recorded(*recipe.target, recipe.toolchain, context.native_prefix);
  build.configure_arguments = recipe.configure_arguments;
  build.make_variables = recipe.make_variables;
  build.profile_make_variables = recipe.profile_make_variables;
  if (recipe.bolt)
    build.bolt_arguments = recipe.bolt->inputs.at("flags").get<std::vector<std::string>>();
  if (recipe.train || recipe.bolt) {
    for (const auto& run : training_runs(recipe, context.training)) {
      if (!build.training_command.empty()) build.training_command.emplace_back(";");
      build.training_command.insert(build.training_command.end(), run.begin(), run.end());
    }
    if (recipe.bolt || recipe.configuration.get<Pgo>() != Pgo::Value::upstream)
      build.training_sha256 = context.training.sha256;
  }
  for (const auto& tool : recipe.toolchain.tools)
    build.tools.push_back({tool.name, tool.path, tool.version, tool.sha256});
  if (recipe.bolt)
    build.tools.push_back({"llvm-bolt", *recipe.toolchain.bolt, "",
                           sha256_file(program_behind(*recipe.toolchain.bolt))});
  const std::string& architecture = recipe.toolchain.architecture;
  build.cpu_requirement =
      cpu_requirement(parse_cpu(recipe.configuration.get<Cpu>(), architecture), architecture);
}

}  // namespace

void describe_source(Build& build, const Source& source) {
  build.source_version = source.version;
  build.source_archive = source.archive_name;
  build.source_sha256 = source.archive_sha256.empty() ? source.tree_sha256 : source.archive_sha256;
  build.source_origin = source.origin;
}

void run_finish(BuildContext& context, const StageJob& job, SlotCommands& commands,
                nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  const StageRecipe& from = recipe.bolt ? *recipe.bolt : recipe.compile;
  const auto made = context.store.find(from.id);
  if (!made)
    throw Failure(
        "the compiled tree vanished from the store while it was needed; run the sweep again");
  const fs::path prefix = staging / "prefix";
  copy_tree(made->directory / "prefix", prefix, /*hard_link=*/true);

  const std::string name = recipe.configuration.python_name(context.source.minor);
  const fs::path library = prefix / "lib" / name;
  link_bytecode(provide_bytecode(context, recipe, prefix, commands), library);
  compile_settings(context, recipe, prefix, library, commands);

  Build build;
  build.id = recipe.build.id.key;
  describe_source(build, context.source);
  describe_recipe(context, recipe, build);
  gather_stages(context, recipe, build);
  const fs::path final_prefix = context.store.directory(recipe.build.id) / "prefix";
  build.prefix = final_prefix;
  build.python = final_prefix / "bin" / name;
  const auto files = interpreter_files(prefix, name);
  build.code_sha256 = code_sha256(with_modules(files, library / "lib-dynload"));
  for (const auto& file : files) build.interpreter_bytes += fs::file_size(file);
  build.prefix_bytes = tree_bytes(prefix);
  build.missing_modules = missing_modules(context.source.tree, prefix);
  details["build"] = build;
}

Build read_build(const Step& step) { return step.details.at("build").get<Build>(); }

}  // namespace pytune
