#include "build/training.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/trainee.h"
#include "build/training_reach.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUpstreamTask = "--pgo";

constexpr const char* kNeverRunList = "never-run.txt";

std::string tree_sha256(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const auto& file : files)
    hash.update(fs::relative(file, directory).string() + " " + sha256_file(file) + "\n");
  return hash.hex();
}

[[noreturn]] void fail_without_profile() {
  throw StageFailed{{stage_name(StageKind::train), "training-failed",
                     "the training left no profile data", "see the log", "", true}};
}

// A copy of the first training's profile, in the same directory.
fs::path profile_before(BuildContext& context, const Recipe& recipe, const fs::path& directory) {
  const auto trained = context.store.find(recipe.train->id);
  if (!trained)
    throw Failure(
        "the training stage vanished from the store while it was needed; run the sweep again");
  const fs::path copy = directory / "before.profdata";
  copy_tree(trained->directory / "profile" / "code.profdata", copy);
  return copy;
}

// How far the training got, with a list of what it never ran in the step's directory. gcc leaves
// counters of files it never entered out of its profile, so that of it nothing is said.
void tell_reach(BuildContext& context, const std::string& profdata, const fs::path& profile,
                const fs::path& staging, nlohmann::json& details) {
  Command command;
  command.argv = {profdata};
  command.argv.insert(command.argv.end(), std::begin(kShowNeverRun), std::end(kShowNeverRun));
  command.argv.push_back(profile.string());
  command.timeout = std::chrono::minutes(5);
  const Outcome shown = context.runner.run(command);
  const auto reach = shown.ok() ? parse_training_reach(shown.output) : std::nullopt;
  if (!reach) return;
  std::string names;
  for (const std::string& name : reach->never_run) names += name + "\n";
  write_file_atomic(staging / kNeverRunList, names);
  details["reach"] = {{"functions", reach->functions}, {"never_run", reach->never_run.size()}};
}

}  // namespace

std::vector<std::vector<std::string>> training_runs(const Recipe& recipe,
                                                    const TrainingSet& training) {
  const auto pgo = recipe.configuration.get<Pgo>();
  std::vector<std::vector<std::string>> runs;
  // BOLT's training, without PGO, is ours.
  if (pgo != Pgo::Value::upstream)
    runs.push_back({(training.directory / "run.py").string(), "--scale", kTrainingScale});
  if (pgo == Pgo::Value::upstream || pgo == Pgo::Value::both)
    runs.push_back({"-m", "test", kUpstreamTask, "--timeout=600"});
  return runs;
}

void run_training(BuildContext& context, const StageJob& job, SlotCommands& commands,
                  nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  const bool again = recipe.train_inlined && stage.id == recipe.train_inlined->id;
  const auto instrumented =
      context.store.find(again ? recipe.instrument_inlined->id : recipe.instrument->id);
  if (!instrumented)
    throw Failure(
        "the instrumented build vanished from the store while it was needed; run the sweep again");
  // The interpreter runs from the slot, whose path has the same length in every run: path lengths
  // move heap addresses.
  const fs::path prefix = commands.installed_prefix();
  fs::create_directories(prefix.parent_path());
  copy_tree(instrumented->directory / "prefix", prefix, /*hard_link=*/true);
  const fs::path profile = commands.slot() / "profile";
  fs::create_directories(profile);

  Environment environment = repeatable_environment(recipe);
  const bool gcc = recipe.toolchain.family == CompilerFamily::gcc;
  if (gcc) {
    const fs::path built_in = instrumented->details.at("build_directory").get<std::string>();
    environment["GCOV_PREFIX"] = profile;
    commands.define("STRIP", std::to_string(std::distance(built_in.begin(), built_in.end()) - 1));
    environment["GCOV_PREFIX_STRIP"] = "$STRIP";
  } else {
    environment["LLVM_PROFILE_FILE"] = (profile / "%p.profraw").string();
  }
  for (const auto& run : training_runs(recipe, context.training)) {
    // CPython's own task exits with 2 when some test fails, as some do in containers; its profile
    // is as good (upstream's Makefile ignores it too). Our programs must succeed.
    const bool upstream = std::find(run.begin(), run.end(), kUpstreamTask) != run.end();
    train(context, recipe, commands,
          {interpreter_of(context, recipe, prefix), run, environment,
           upstream ? std::vector<int>{0, 2, 3} : std::vector<int>{0}});
  }
  if (recipe.configuration.get<Pgo>() != Pgo::Value::upstream)
    for (const fs::path& program : context.training.own)
      train(context, recipe, commands,
            {interpreter_of(context, recipe, prefix), {program.string()}, environment});

  if (!gcc) {
    const auto raw = files_with_suffix(profile, ".profraw");
    if (raw.empty()) fail_without_profile();
    std::vector<std::string> merge{*recipe.toolchain.profdata, "merge",
                                   "-output=" + (profile / "code.profdata").string()};
    merge.insert(merge.end(), raw.begin(), raw.end());
    // The first training's counts stay; these come beside them.
    if (again) merge.push_back(profile_before(context, recipe, profile));
    commands.run(
        merge, {}, {0},
        fmt::format("{} merge -output=\"$WORK/profile/code.profdata\" \"$WORK\"/profile/*.prof{}",
                    *recipe.toolchain.profdata, again ? "*" : "raw"));
    if (again) fs::remove(merge.back());
    for (const auto& file : raw) fs::remove(file);
    tell_reach(context, *recipe.toolchain.profdata, profile / "code.profdata", staging, details);
  } else if (fs::is_empty(profile)) {
    fail_without_profile();
  }
  details["profile_sha256"] = tree_sha256(profile);
  fs::rename(profile, staging / "profile");
}

void place_profile(const Step& trained, CompilerFamily family, SlotCommands& commands) {
  // gcc looks for Objects/x.gcda beside Objects/x.o; clang gets the merged file's name.
  if (family == CompilerFamily::gcc) {
    copy_tree(trained.directory / "profile", commands.build());
    commands.note("cp -a \"$WORK/profile/.\" .");
  } else {
    copy_tree(trained.directory / "profile", commands.slot() / "profile");
  }
}

}  // namespace pytune
