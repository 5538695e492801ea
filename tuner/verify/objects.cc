#include "verify/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "binary/object_code.h"
#include "build/objects.h"
#include "build/patched_source.h"
#include "conformance/tasks.h"
#include "conformance/test_names.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kObjectsGate = "x86-64 objects";
constexpr double kObjectMinutes = 0.5;  // of a patch: its objects without and with it
constexpr std::size_t kFunctionsShown = 3;
// Where CPython's own code is.
constexpr const char* kCodeFolders[] = {"Include", "Modules",  "Objects",
                                        "Parser",  "Programs", "Python"};

bool is_code(const std::string& path) { return path.ends_with(".c") || path.ends_with(".h"); }

std::string file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// `name.h` of `#  include "folder/name.h"`; empty: the line is none.
std::string included(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('#')) return "";
  line = trim(line.substr(1));
  if (!line.starts_with("include")) return "";
  line = trim(line.substr(7));
  const auto end = line.size() > 1 ? line.find('"', 1) : std::string_view::npos;
  return line.starts_with('"') && end != std::string_view::npos ? file_name(line.substr(1, end - 1))
                                                                : "";
}

// By the name of a file, those that include it. Two files of one name count as one: an object too
// many is compared and found to be the same.
std::map<std::string, std::set<std::string>> includers(const fs::path& tree) {
  std::map<std::string, std::set<std::string>> table;
  std::error_code none;
  for (const char* folder : kCodeFolders) {
    for (const auto& entry : fs::recursive_directory_iterator(tree / folder, none)) {
      const std::string path = entry.path().lexically_relative(tree).string();
      if (!entry.is_regular_file() || !is_code(path)) continue;
      const std::string text = read_file(entry.path());
      for (const auto line : split_lines(text))
        if (std::string name = included(line); !name.empty()) table[name].insert(path);
    }
  }
  return table;
}

// One patch in one place.
struct ObjectComparison {
  const PlaceBuilds* place = nullptr;
  const Patch* patch = nullptr;
  GateRow row;
};

bool makes_x86(const PlaceBuilds& place) {
  return place.recipe && place.place.target == nullptr &&
         place.recipe->toolchain.architecture == "x86_64";
}

// Those of `objects` that make has a rule for: not every source is compiled, and none on its own of
// a module that this machine cannot have.
std::vector<std::string> known_to_make(std::vector<std::string> objects,
                                       const std::string& makefile) {
  std::erase_if(objects, [&](const std::string& object) {
    for (std::size_t at = 0; (at = makefile.find(object, at)) != std::string::npos; ++at) {
      const char before = at == 0 ? ' ' : makefile[at - 1];
      const std::size_t end = at + object.size();
      const char behind = end == makefile.size() ? ' ' : makefile[end];
      constexpr std::string_view kEnds = " \t\n:\\";
      if (kEnds.find(before) != std::string_view::npos &&
          kEnds.find(behind) != std::string_view::npos)
        return false;
    }
    return true;
  });
  return objects;
}

// The recipe whose configured tree the patched objects are made in; null: it was not built.
const Recipe* configured_for(const PlaceBuilds& place, const Patch& patch) {
  if (patches_of_configure({patch}).empty()) return &*place.recipe;
  const auto* own = place.of(patch.name);
  return own == nullptr ? nullptr : &*own->recipe;
}

std::vector<std::string> differing(const Step& before, const Step& after,
                                   const std::vector<std::string>& objects) {
  std::vector<std::string> names;
  for (const auto& object : objects) {
    const auto code = differing_code(object_code(before.directory / "objects" / object),
                                     object_code(after.directory / "objects" / object));
    std::transform(code.begin(), code.end(), std::back_inserter(names),
                   [&](const std::string& name) { return fmt::format("{}: {}", object, name); });
  }
  return names;
}

// What the objects show, as a row's outcome and reason, and a log.
void look(VerifyContext& context, ObjectComparison& comparison, const Recipe& configured,
          const fs::path& log) {
  GateRow& row = comparison.row;
  const Patch& patch = *comparison.patch;
  const Recipe& plain = *comparison.place->recipe;
  const fs::path tree = provide_patched_tree(context.store(), context.building.source, {patch});
  std::vector<std::string> paths;
  paths.reserve(patch.diff->files.size());
  for (const auto& file : patch.diff->files) paths.push_back(file.path);
  const fs::path makefile = context.store().directory(plain.configure.id) / "tree" / "Makefile";
  const auto objects = known_to_make(objects_of(tree, paths), read_file(makefile));
  if (objects.empty()) {
    row.why = "no object is made of the files that it changes; look at what they are for";
    write_file_atomic(log, row.why + "\n");
    return;
  }
  const Step before = compile_objects(context.building, plain, {}, objects);
  const Step after = compile_objects(context.building, configured, {patch}, objects);
  const auto names = differing(before, after, objects);
  row.outcome = names.empty() ? GateOutcome::passed : GateOutcome::failed;
  row.why = names.empty()
                ? fmt::format("the same instructions in {}", some_names(objects, kFunctionsShown))
                : fmt::format("gated to {}, and other instructions in {}",
                              patch.header.architecture, some_names(names, kFunctionsShown));
  std::string text;
  for (const auto& object : objects)
    text += fmt::format("{0}/objects/{2}\n{1}/objects/{2}\n", before.directory.string(),
                        after.directory.string(), object);
  for (const auto& name : names) text += "differs: " + name + "\n";
  write_file_atomic(log, text);
}

bool compare(VerifyContext& context, ObjectComparison& comparison) {
  GateRow& row = comparison.row;
  const Recipe* configured = configured_for(*comparison.place, *comparison.patch);
  if (configured == nullptr) {
    row.why =
        "it changes more than code, and there is no build with it alone; verify it by --patch, or "
        "without --reduced";
    return true;
  }
  const Recipe& plain = *comparison.place->recipe;
  const nlohmann::json inputs = {{"configure", plain.configure.id.key},
                                 {"configured", configured->configure.id.key},
                                 {"make", plain.make_variables},
                                 {"patch", comparison.patch->sha256},
                                 {"version", 1}};
  const Step step = context.store().produce(
      {"objectcheck", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        look(context, comparison, *configured, staging / "log.txt");
        return StepResult{true, {{"outcome", static_cast<int>(row.outcome)}, {"why", row.why}}};
      });
  row.outcome = static_cast<GateOutcome>(step.details.at("outcome").get<int>());
  row.why = step.details.at("why").get<std::string>();
  row.log = (step.directory / "log.txt").string();
  return step.cached;
}

// The patches that the gate is for, each alone.
std::vector<const Patch*> gated(const VerifyContext& context) {
  std::vector<const Patch*> patches;
  for (const auto& patch : context.series.patches)
    if (gated_off_x86(patch.header) &&
        (context.options.patch.empty() || context.options.patch == patch.name))
      patches.push_back(&patch);
  return patches;
}

}  // namespace

bool gated_off_x86(const PatchHeader& header) {
  const std::string& architecture = header.architecture;
  return !architecture.starts_with("any") && architecture.find("x86") == std::string::npos &&
         architecture.find("amd64") == std::string::npos;
}

std::vector<std::string> objects_of(const fs::path& tree, const std::vector<std::string>& paths) {
  const auto table = includers(tree);
  std::set<std::string> seen(paths.begin(), paths.end());
  std::vector<std::string> left(paths.begin(), paths.end());
  std::vector<std::string> objects;
  while (!left.empty()) {
    const std::string path = left.back();
    left.pop_back();
    if (path.ends_with(".c") && !path.starts_with("PC/"))
      objects.push_back(path.substr(0, path.size() - 1) + "o");
    const auto found = table.find(file_name(path));
    if (found == table.end()) continue;
    for (const auto& includer : found->second)
      if (seen.insert(includer).second) left.push_back(includer);
  }
  std::sort(objects.begin(), objects.end());
  return objects;
}

double objects_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places) {
  const auto native = std::count_if(places.begin(), places.end(), makes_x86);
  return kObjectMinutes * static_cast<double>(native) * static_cast<double>(gated(context).size()) /
         context.options.parallel;
}

std::vector<GateRow> verify_objects(VerifyContext& context,
                                    const std::vector<PlaceBuilds>& places) {
  std::vector<ObjectComparison> comparisons;
  std::vector<GateRow> skipped;
  for (const auto& place : places) {
    if (place.place.target != nullptr) continue;
    for (const Patch* patch : gated(context)) {
      const GateRow row{kObjectsGate,
                        place.name,
                        patch->name,
                        GateOutcome::skipped,
                        place.problem.empty() ? "this machine's compilers make no code for x86-64; "
                                                "verify on one whose do"
                                              : place.problem,
                        ""};
      if (makes_x86(place) && place.problem.empty())
        comparisons.push_back({&place, patch, row});
      else
        skipped.push_back(row);
    }
  }
  std::vector<Task> tasks;
  tasks.reserve(comparisons.size());
  for (auto& comparison : comparisons)
    tasks.push_back(
        {fmt::format("{} ({}, {})", kObjectsGate, comparison.row.place, comparison.row.patch),
         kObjectMinutes, [&context, &comparison] { return compare(context, comparison); }});
  const auto problems = run_tasks(tasks, context.options.parallel, context.listener);
  std::vector<GateRow> rows;
  rows.reserve(comparisons.size() + skipped.size());
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    GateRow& row = comparisons[i].row;
    if (!problems[i].empty()) {
      row.outcome = GateOutcome::failed;
      row.why = problems[i];
    }
    rows.push_back(row);
  }
  rows.insert(rows.end(), skipped.begin(), skipped.end());
  return rows;
}

}  // namespace pytune
