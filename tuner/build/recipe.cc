#include "build/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "input/small_file.h"
#include "input/text.h"
#include "spec/environment.h"
#include "sys/error.h"
#include "sys/files.h"
#include "toolchain/launchers.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Raised when a stage does something else with the same inputs, so that old results are not taken
// for new ones.
constexpr int kStageVersion = 3;

std::string joined(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, " "));
}

std::vector<std::string> plus(std::vector<std::string> list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

std::vector<std::string> make_words(const Toolchain& toolchain, const FlagSet& flags,
                                    const std::vector<std::string>& compile_more,
                                    const std::vector<std::string>& link_more) {
  // -g, which configure puts into OPT, changes no instruction but doubles the compiler's work.
  std::vector<std::string> words = {
      fmt::format("OPT=-DNDEBUG {}", flags.opt),
      fmt::format("CFLAGS_NODIST={}", joined(plus(flags.compile, compile_more))),
      fmt::format("LDFLAGS_NODIST={}", joined(plus(flags.link, link_more))),
      fmt::format("LINKCC={}", joined(plus(toolchain.call({}), flags.executable))),
      fmt::format("LINKFORSHARED={}", joined(flags.exporting))};
  return plus(std::move(words), flags.make);
}

StageRecipe stage(StageKind kind, nlohmann::json inputs) {
  inputs["stage_version"] = kStageVersion;
  StageRecipe recipe;
  recipe.kind = kind;
  recipe.id = {stage_name(kind), step_key(inputs)};
  recipe.inputs = std::move(inputs);
  return recipe;
}

// A rebuild is a result of its own; what is built once keeps the key it always had.
nlohmann::json again(nlohmann::json inputs, int rebuild) {
  if (rebuild > 0) inputs["rebuild"] = rebuild;
  return inputs;
}

// What is built without patches keeps the key it always had.
nlohmann::json of_patches(nlohmann::json inputs, const std::vector<Patch>& patches) {
  if (!patches.empty()) inputs["patches"] = patches_key(patches);
  return inputs;
}

std::vector<std::string> configure_arguments(const Toolchain& toolchain, const FlagSet& flags,
                                             const Source& source, const Target* target) {
  const std::string prefix = fmt::format("--prefix={}", kConfiguredPrefix);
  if (target != nullptr)
    return plus(plus({prefix}, target_configure_arguments(toolchain, *target, source.minor)),
                flags.configure);
  return plus({prefix, fmt::format("CC={}", joined(toolchain.call({}))),
               fmt::format("AR={}", toolchain.ar), fmt::format("RANLIB={}", toolchain.ranlib)},
              flags.configure);
}

// What is trained once and without variables keeps the key it always had.
nlohmann::json with_environments(nlohmann::json inputs, const Configuration& configuration) {
  if (const auto runs = training_environments(configuration); !runs.empty())
    inputs["environments"] = runs;
  return inputs;
}

nlohmann::json emulated_by(const Target& target) {
  return {{"emulator", target.machine.emulator.sha256}, {"cpu", target.machine.cpu}};
}

// What else decides how the trained interpreter runs.
nlohmann::json train_inputs(const StepId& instrument, const std::string& programs,
                            const Target* target, const Configuration& configuration) {
  nlohmann::json inputs =
      with_environments({{"instrument", instrument.key}, {"programs", programs}}, configuration);
  if (target != nullptr) inputs["emulated"] = emulated_by(*target);
  return inputs;
}

// The optimized compilation, counting. Its text depends on nothing but what `r` has already.
void count_after_inlining(Recipe& r, const FlagSet& flags,
                          const std::vector<std::string>& use_flags) {
  const auto counting = plus(use_flags, {kCountAfterInlining});
  auto link = plus(counting, r.toolchain.profile_link_words);
  r.recount_make_variables = make_words(r.toolchain, flags, counting, link);
  r.instrument_inlined =
      stage(StageKind::instrument, of_patches({{"configure", r.configure.id.key},
                                               {"make", r.recount_make_variables},
                                               {"train", r.train->id.key}},
                                              r.patches));
  nlohmann::json inputs = r.train->inputs;
  inputs.erase("stage_version");
  inputs["instrument"] = r.instrument_inlined->id.key;
  inputs["before"] = r.train->id.key;
  r.train_inlined = stage(StageKind::train, std::move(inputs));
}

std::string programs_key(Pgo::Value pgo, const TrainingSet& training) {
  if (pgo == Pgo::Value::both) return "upstream " + training.sha256;
  return pgo == Pgo::Value::training ? training.sha256 : "upstream";
}

// llvm-bolt has 30 MB, and a plan asks once for each point: a plan of 700 points took 10 s for it.
std::string tool_hash(const std::optional<std::string>& path) {
  static std::mutex mutex;
  static std::map<fs::path, std::string> known;
  if (!path) return "";
  const fs::path program = program_behind(*path);
  const std::scoped_lock lock(mutex);
  std::string& hash = known[program];
  if (hash.empty()) hash = sha256_file(program);
  return hash;
}

StageRecipe bolt_stage(const Recipe& r, const TrainingSet& training) {
  const bool shared = r.configuration.get<Libpython>() == Libpython::Value::shared;
  nlohmann::json inputs = with_environments({{"compile", r.compile.id.key},
                                             {"programs", training.sha256},
                                             {"flags", bolt_flags(r.toolchain, shared)},
                                             {"llvm_bolt", tool_hash(r.toolchain.bolt)},
                                             {"merge_fdata", tool_hash(r.toolchain.merge_fdata)}},
                                            r.configuration);
  if (r.target != nullptr) inputs["emulated"] = emulated_by(*r.target);
  if (const auto& runtime = r.toolchain.bolt_runtime; runtime && !runtime->empty())
    inputs["runtime"] = tool_hash(runtime);
  return stage(StageKind::bolt, std::move(inputs));
}

fs::path training_program(const std::string& name) {
  std::error_code none;
  if (!fs::is_regular_file(name, none)) throw UsageError("--training: " + absence_of(name));
  if (fs::file_size(name, none) == 0)
    throw UsageError(fmt::format(
        "--training: {}: is empty; give a Python program that ends by itself", printable(name)));
  return fs::absolute(name).lexically_normal();
}

// An unpacked compiler goes by the name that it is found under on the PATH of a stage: keys, and
// what a build says of its compiler, do not depend on where the store is.
Toolchain by_name(Toolchain toolchain) {
  if (toolchain.folder.empty()) return toolchain;
  for (std::string* program : {&toolchain.path, &toolchain.ar, &toolchain.ranlib, &toolchain.nm,
                               &toolchain.strip, &toolchain.objcopy, &toolchain.readelf})
    *program = fs::path(*program).filename().string();
  return toolchain;
}

}  // namespace

TrainingSet read_training_set(const fs::path& directory, const std::vector<std::string>& own) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".py") files.push_back(entry.path());
  }
  if (error || files.empty())
    throw Failure(
        fmt::format("{}: no training programs there; is PYTUNE_HOME right?", directory.string()));
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const auto& file : files)
    hash.update(file.filename().string() + " " + sha256_file(file) + "\n");
  TrainingSet training{directory, ""};
  for (const std::string& program : own) {
    const fs::path file = training_program(program);
    training.own.push_back(file);
    hash.update("own " + sha256_file(file) + "\n");
  }
  training.sha256 = hash.hex();
  return training;
}

std::vector<const StageRecipe*> Recipe::stages() const {
  std::vector<const StageRecipe*> list{&configure};
  if (instrument) list.push_back(&*instrument);
  if (train) list.push_back(&*train);
  if (instrument_inlined) list.push_back(&*instrument_inlined);
  if (train_inlined) list.push_back(&*train_inlined);
  list.push_back(&compile);
  if (bolt) list.push_back(&*bolt);
  list.push_back(&build);
  return list;
}

Recipe make_recipe(const Configuration& resolved, const std::string& name, const Toolchain& found,
                   const Materials& materials, int rebuild) {
  const Source& source = materials.source;
  const TrainingSet& training = materials.training;
  const Target* target = materials.target;
  const Toolchain toolchain = target != nullptr ? in_slot(found, *target) : by_name(found);
  Recipe r;
  r.configuration = resolved;
  r.name = name;
  r.rebuild = rebuild;
  r.target = target;
  r.series = materials.series;
  r.patches = chosen_patches(resolved.get<Patches>(), materials.series);
  r.toolchain = toolchain;
  const FlagSet flags = flags_for(resolved, toolchain);
  const auto pgo = resolved.get<Pgo>();

  r.configure_arguments = configure_arguments(toolchain, flags, source, target);
  if (!toolchain.jit_python.empty())
    r.configure_arguments.push_back("PYTHON_FOR_REGEN=" + toolchain.jit_python);
  nlohmann::json configured = {{"source", source.id},
                               {"patches", patches_key(patches_of_configure(r.patches))},
                               {"toolchain", toolchain.identity},
                               {"arguments", r.configure_arguments}};
  if (target != nullptr) configured["sysroot"] = target->sysroot_id;
  // configure leaves modules out without the headers they need, and that it had them all is what
  // a key without this word has always meant.
  r.absent_modules = modules_of_version(toolchain.absent_modules, source.tree);
  if (!r.absent_modules.empty()) configured["absent_modules"] = r.absent_modules;
  // Its code is made where the modules are frozen.
  if (!toolchain.jit_identity.empty()) configured["jit"] = toolchain.jit_identity;
  r.configure = stage(StageKind::configure, std::move(configured));

  std::vector<std::string> use_flags;
  if (pgo != Pgo::Value::none) {
    const auto kind = resolved.get<PgoKind>();
    r.profile_make_variables = make_words(
        toolchain, flags_for(resolved, toolchain, /*profiled=*/true),
        profile_generate_flags(toolchain.family, kind), profile_generate_link(toolchain, kind));
    nlohmann::json instrumented = of_patches(
        {{"configure", r.configure.id.key}, {"make", r.profile_make_variables}}, r.patches);
    if (target != nullptr)
      if (const auto runtime = profile_runtime(*target, toolchain))
        instrumented["profile_runtime"] = sha256_file(*runtime);
    r.instrument = stage(StageKind::instrument, std::move(instrumented));
    r.train =
        stage(StageKind::train,
              again(train_inputs(r.instrument->id, programs_key(pgo, training), target, resolved),
                    rebuild));
    use_flags = profile_use_flags(toolchain.family, "../profile/code.profdata", kind);
    if (kind == PgoKind::Value::csir) count_after_inlining(r, flags, use_flags);
  }
  r.make_variables =
      make_words(toolchain, flags, use_flags,
                 resolved.get<Lto>() != Lto::Value::none ? use_flags : std::vector<std::string>{});
  r.asked_flags = plus(plus({flags.opt}, flags.compile), use_flags);
  r.compile = stage(StageKind::compile,
                    again(of_patches({{"configure", r.configure.id.key},
                                      {"make", r.make_variables},
                                      {"train", r.train ? r.last_training()->id.key : ""}},
                                     r.patches),
                          rebuild));
  if (resolved.get<Bolt>() == Bolt::Value::on) r.bolt = bolt_stage(r, training);
  // The configuration's id stands in the key although it changes no byte: two configurations with
  // one compile stage are two rows in the report, and their builds share files by hard links.
  r.build = stage(StageKind::finish, {{"configuration", resolved.canonical()},
                                      {"bytecode", kBytecodeVersion},
                                      {"from", r.bolt ? r.bolt->id.key : r.compile.id.key}});
  return r;
}

}  // namespace pytune
