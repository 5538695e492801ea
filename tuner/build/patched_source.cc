#include "build/patched_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "patches/apply.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Where CPython 3.11 to 3.14 have what turns a module into frozen bytecode: parser, compiler, the
// numbers of opcodes, and how code is written down.
constexpr std::string_view kMakesBytecode[] = {"Include/internal/pycore_magic_number",
                                               "Include/internal/pycore_opcode",
                                               "Include/opcode",
                                               "Objects/codeobject",
                                               "Parser/",
                                               "Programs/_freeze_module",
                                               "Python/assemble",
                                               "Python/ast",
                                               "Python/codegen",
                                               "Python/compile",
                                               "Python/flowgraph",
                                               "Python/marshal",
                                               "Python/opcode_metadata",
                                               "Python/symtable"};

bool decides_configure(const FileDiff& file) {
  const bool code = file.path.ends_with(".c") || file.path.ends_with(".h");
  return !code || std::any_of(std::begin(kMakesBytecode), std::end(kMakesBytecode),
                              [&](std::string_view start) { return file.path.starts_with(start); });
}

}  // namespace

std::optional<std::string> resolve_patches(Configuration& configuration, const PatchSeries* series,
                                           const Source& source) {
  const std::string value = configuration.get<Patches>();
  if (value == kNoPatches) return std::nullopt;
  if (series == nullptr)
    return fmt::format("patches={}: there are no patches for {}", value, source.minor);
  try {
    const auto chosen = chosen_patches(value, series);
    if (value != kWholeSeries) configuration.set<Patches>(chosen.front().name);
    for (const auto& patch : chosen) {
      for (const auto& file : patch.diff->files)
        if (file.path.starts_with("Lib/"))
          return fmt::format(
              "{} changes {}, and the library's bytecode is made once for all builds", patch.name,
              file.path);
    }
    // Not there: a plan of what is not fetched yet.
    if (fs::exists(source.tree)) apply_in_memory(source.tree, chosen);
  } catch (const Failure& misfit) {
    return fmt::format("patches={}: {}", value, misfit.what());
  } catch (const UsageError& error) {
    return fmt::format("patches={}: {}", value, error.what());
  }
  return std::nullopt;
}

std::vector<Patch> chosen_patches(const std::string& value, const PatchSeries* series) {
  if (value == kNoPatches) return {};
  if (series == nullptr) throw UsageError(fmt::format("patches={}: there are none", value));
  if (value == kWholeSeries) return series->patches;
  return {series->find(value)};
}

std::string patches_key(const std::vector<Patch>& patches) {
  if (patches.empty()) return kNoPatches;
  Sha256 hash;
  for (const auto& patch : patches) hash.update(patch.sha256 + "\n");
  return hash.hex();
}

std::vector<Patch> patches_of_configure(const std::vector<Patch>& patches) {
  std::vector<Patch> deciding;
  std::copy_if(
      patches.begin(), patches.end(), std::back_inserter(deciding), [](const Patch& patch) {
        return std::any_of(patch.diff->files.begin(), patch.diff->files.end(), decides_configure);
      });
  return deciding;
}

fs::path provide_patched_tree(Store& store, const Source& source,
                              const std::vector<Patch>& patches) {
  if (patches.empty()) return source.tree;
  const nlohmann::json inputs = {
      {"source", source.id}, {"patches", patches_key(patches)}, {"stage_version", 1}};
  const StepId id{kPatchedStep, step_key(inputs)};
  const Step step = store.produce(id, inputs, [&](const fs::path& staging) {
    const fs::path tree = staging / "tree";
    copy_tree(source.tree, tree, /*hard_link=*/true);
    const Patched patched = apply_in_memory(tree, patches);
    write_patched(tree, patched);
    // make compares times with those of files that CPython generated beforehand; as long as no
    // patch changes what these are generated from, none of them is out of date.
    for (const auto& file : patched.files)
      if (file.bytes && fs::exists(source.tree / file.path))
        fs::last_write_time(tree / file.path, fs::last_write_time(source.tree / file.path));
    nlohmann::json names = nlohmann::json::array();
    for (const auto& patch : patches) names.push_back(patch.name);
    return StepResult{true, {{"source", source.id}, {"patches", names}}};
  });
  return step.directory / "tree";
}

}  // namespace pytune
