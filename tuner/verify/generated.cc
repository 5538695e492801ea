#include "verify/generated.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "build/patched_source.h"
#include "conformance/tasks.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kGeneratedGate = "generated files";
constexpr const char* kClinicMark = "[clinic input]";

using Words = std::vector<std::string>;

Words cases(const std::string& script, const std::string& output, Words inputs) {
  Words words = {"Tools/cases_generator/" + script, "-o", output};
  words.insert(words.end(), inputs.begin(), inputs.end());
  return words;
}

// The Makefile's regen-cases.
Generator bytecode_generator() {
  const Words bytecodes = {"Python/bytecodes.c"};
  Generator generator{
      "the bytecodes",
      {"Python/bytecodes.c", "Python/optimizer_bytecodes.c", "Tools/cases_generator/"},
      {},
      {}};
  generator.runs = {
      cases("opcode_id_generator.py", "Include/opcode_ids.h", bytecodes),
      cases("target_generator.py", "Python/opcode_targets.h", bytecodes),
      cases("uop_id_generator.py", "Include/internal/pycore_uop_ids.h", bytecodes),
      cases("py_metadata_generator.py", "Lib/_opcode_metadata.py", bytecodes),
      cases("tier1_generator.py", "Python/generated_cases.c.h", bytecodes),
      cases("tier2_generator.py", "Python/executor_cases.c.h", bytecodes),
      cases("optimizer_generator.py", "Python/optimizer_cases.c.h",
            {"Python/optimizer_bytecodes.c", "Python/bytecodes.c"}),
      cases("opcode_metadata_generator.py", "Include/internal/pycore_opcode_metadata.h", bytecodes),
      cases("uop_metadata_generator.py", "Include/internal/pycore_uop_metadata.h", bytecodes)};
  for (const auto& run : generator.runs) generator.outputs.push_back(run[2]);
  return generator;
}

// regen-ast.
Generator syntax_tree_generator() {
  return {"the syntax tree",
          {"Parser/Python.asdl", "Parser/asdl_c.py", "Parser/asdl.py"},
          {"Include/internal/pycore_ast.h", "Include/internal/pycore_ast_state.h",
           "Python/Python-ast.c"},
          {{"Parser/asdl_c.py", "Parser/Python.asdl", "-H", "Include/internal/pycore_ast.h", "-I",
            "Include/internal/pycore_ast_state.h", "-C", "Python/Python-ast.c"}}};
}

// regen-global-objects: reads every C file.
Generator global_objects_generator() {
  return {"the global objects",
          {"Include/", "Modules/", "Objects/", "Parser/", "Python/",
           "Tools/build/generate_global_objects.py"},
          {"Include/internal/pycore_global_objects_fini_generated.h",
           "Include/internal/pycore_global_strings.h",
           "Include/internal/pycore_runtime_init_generated.h",
           "Include/internal/pycore_unicodeobject_generated.h"},
          {{"Tools/build/generate_global_objects.py"}}};
}

// Argument Clinic, which writes into its input and beside it.
std::optional<Generator> clinic_generator(const fs::path& tree, const std::string& path) {
  std::error_code none;
  const bool code = path.ends_with(".c") || path.ends_with(".h");
  if (!code || !fs::is_regular_file(tree / path, none) ||
      read_file(tree / path).find(kClinicMark) == std::string::npos)
    return std::nullopt;
  return Generator{"the arguments of " + path,
                   {path},
                   {path, (fs::path(path).parent_path() / "clinic").string() + "/"},
                   {{"Tools/clinic/clinic.py", path}}};
}

bool concerns(const std::vector<std::string>& named, const std::string& path) {
  return std::any_of(named.begin(), named.end(), [&](const std::string& one) {
    return one.ends_with('/') ? path.starts_with(one) : path == one;
  });
}

// Other versions of CPython have other generators.
bool can_run(const fs::path& tree, const Generator& generator) {
  std::error_code none;
  return std::all_of(generator.runs.begin(), generator.runs.end(), [&](const Words& run) {
    return fs::is_regular_file(tree / run.front(), none);
  });
}

// The files below `tree` that are a generator's outputs.
std::set<std::string> outputs_in(const fs::path& tree, const std::vector<Generator>& generators) {
  std::set<std::string> files;
  std::error_code none;
  for (const auto& generator : generators) {
    for (const auto& output : generator.outputs) {
      if (!output.ends_with('/')) {
        if (fs::is_regular_file(tree / output, none)) files.insert(output);
        continue;
      }
      for (const auto& entry : fs::directory_iterator(tree / output, none))
        if (entry.is_regular_file()) files.insert(output + entry.path().filename().string());
    }
  }
  return files;
}

struct Regenerated {
  std::vector<std::string> differing;
  std::string problem;  // of the first generator that did not run
};

// Makes everything anew in a copy of the tree, and compares.
Regenerated regenerate(const VerifyContext& context, const fs::path& python, const fs::path& tree,
                       const std::vector<Generator>& generators, const fs::path& log) {
  const TemporaryDirectory scratch = context.store().staging("generated");
  const fs::path copy = scratch.path() / "tree";
  copy_tree(tree, copy);
  Regenerated result;
  for (const auto& generator : generators) {
    for (const auto& run : generator.runs) {
      Command command = question_to({.python = python.string()}, run, copy);
      command.log = log;
      command.timeout = std::chrono::minutes(10);
      const Outcome outcome = context.runner().run(command);
      if (outcome.ok()) continue;
      result.problem = fmt::format("{}: {}: {}", run.front(), outcome.describe(),
                                   last_line(read_file(log), 200));
      return result;
    }
  }
  for (const auto& file : outputs_in(copy, generators))
    if (!fs::exists(tree / file) || sha256_file(copy / file) != sha256_file(tree / file))
      result.differing.push_back(file);
  return result;
}

std::vector<std::string> touched_by(const std::vector<Patch>& patches) {
  std::set<std::string> paths;
  for (const auto& patch : patches)
    for (const auto& file : patch.diff->files) paths.insert(file.path);
  return {paths.begin(), paths.end()};
}

std::string names_of(const std::vector<Generator>& generators) {
  std::vector<std::string> names;
  names.reserve(generators.size());
  for (const auto& generator : generators) names.push_back(generator.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void judge(GateRow& row, const Regenerated& patched, const std::vector<Generator>& generators,
           const std::function<Regenerated()>& unpatched) {
  if (patched.problem.empty() && patched.differing.empty()) {
    row.why = "as their generators make them: " + names_of(generators);
    return;
  }
  // What is so without the patches is no patch's doing.
  const Regenerated before = unpatched();
  const std::string what = patched.problem.empty() ? fmt::format("not what its generator makes: {}",
                                                                 fmt::join(patched.differing, ", "))
                                                   : patched.problem;
  const bool same =
      before.problem.empty() == patched.problem.empty() && before.differing == patched.differing;
  row.outcome = same ? GateOutcome::skipped : GateOutcome::failed;
  row.why = same ? fmt::format(
                       "{}; so it is without the patches, with this machine's python3: "
                       "give a later one on PATH",
                       what)
                 : what;
}

GateRow verify_one(VerifyContext& context, const fs::path& python, const Variant& variant) {
  GateRow row{kGeneratedGate, "", variant.patch, GateOutcome::passed, "", ""};
  const Source& source = context.building.source;
  const fs::path tree = provide_patched_tree(context.store(), source, variant.patches);
  const auto generators = generators_for(tree, touched_by(variant.patches));
  if (generators.empty()) {
    row.why = "no generator has to do with the files it changes";
    return row;
  }
  const nlohmann::json inputs = {{"source", source.id},
                                 {"patches", patches_key(variant.patches)},
                                 {"python", sha256_file(fs::canonical(python))},
                                 {"version", 1}};
  const StepId id{"regenerated", step_key(inputs)};
  const Step step = context.store().produce(id, inputs, [&](const fs::path& staging) {
    const fs::path log = staging / "log.txt";
    write_file_atomic(log, "");
    const auto made = regenerate(context, python, tree, generators, log);
    judge(row, made, generators,
          [&] { return regenerate(context, python, source.tree, generators, log); });
    return StepResult{true, {{"outcome", static_cast<int>(row.outcome)}, {"why", row.why}}};
  });
  row.outcome = static_cast<GateOutcome>(step.details.at("outcome").get<int>());
  row.why = step.details.at("why").get<std::string>();
  row.log = (step.directory / "log.txt").string();
  return row;
}

}  // namespace

std::vector<Generator> generators_for(const fs::path& tree, const std::vector<std::string>& paths) {
  std::vector<Generator> wanted;
  for (const Generator& generator :
       {bytecode_generator(), syntax_tree_generator(), global_objects_generator()}) {
    const bool touched = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return concerns(generator.inputs, path) || concerns(generator.outputs, path);
    });
    if (touched && can_run(tree, generator)) wanted.push_back(generator);
  }
  for (const auto& path : paths)
    if (const auto clinic = clinic_generator(tree, path); clinic && can_run(tree, *clinic))
      wanted.push_back(*clinic);
  return wanted;
}

std::vector<GateRow> verify_generated(VerifyContext& context,
                                      const std::vector<Variant>& variants) {
  const auto python = find_program("python3");
  std::vector<GateRow> rows(variants.size());
  std::vector<Task> tasks;
  tasks.reserve(variants.size());
  for (std::size_t i = 0; i < variants.size(); ++i) {
    rows[i] = {kGeneratedGate,
               "",
               variants[i].patch,
               GateOutcome::skipped,
               "there is no python3 on PATH to run the generators with; install it",
               ""};
    if (python)
      tasks.push_back({fmt::format("{} ({})", kGeneratedGate, variants[i].patch), 0,
                       [&context, &python, &row = rows[i], &variant = variants[i]] {
                         row = verify_one(context, *python, variant);
                         return true;
                       }});
  }
  const auto problems = run_tasks(tasks, context.options.parallel, context.listener);
  for (std::size_t i = 0; i < problems.size(); ++i)
    if (!problems[i].empty())
      rows[i] = {kGeneratedGate, "", variants[i].patch, GateOutcome::failed, problems[i], ""};
  return rows;
}

}  // namespace pytune
