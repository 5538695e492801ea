#include "build/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "binary/hardening_facts.h"
#include "binary/stack_header.h"
#include "build/training_reach.h"
#include "spec/environment.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// A profile is about proportions: a fifth of the programs' full size gives the same ones, and an
// instrumented interpreter is ten times slower than a plain one.
constexpr const char* kTrainingScale = "0.2";

constexpr const char* kUpstreamTask = "--pgo";

constexpr const char* kNeverRunList = "never-run.txt";

// One seed, no address randomization, no bytecode written: as nearly the same counts every time as
// can be had. Every rebuild has its own seed, so that its profile is another sample.
Environment repeatable(const Recipe& recipe) {
  return {{"PYTHONHASHSEED", std::to_string(recipe.rebuild)},
          {"PYTHONDONTWRITEBYTECODE", "1"},
          {"PYTHONNOUSERSITE", "1"}};
}

// setarch -R needs the personality() system call, which some containers forbid; asked once.
bool can_fix_addresses(ProcessRunner& runner) {
  static std::atomic<int> answer{-1};
  if (answer < 0) {
    Command command;
    command.argv = {"setarch", "-R", "true"};
    command.timeout = std::chrono::seconds(10);
    answer = runner.run(command).ok() ? 1 : 0;
  }
  return answer == 1;
}

struct Trainee {
  fs::path python;
  std::vector<std::string> arguments;
  Environment environment;
  std::vector<int> tolerated = {0};  // exit statuses
};

std::vector<std::string> words_of(BuildContext& context, const Recipe& recipe,
                                  const SlotCommands& commands, const Trainee& trainee) {
  std::vector<std::string> argv;
  if (can_fix_addresses(context.runner)) argv = {"setarch", "-R"};
  if (recipe.target != nullptr) {
    const auto emulated = target_run_words(*recipe.target, commands.slot());
    argv.insert(argv.end(), emulated.begin(), emulated.end());
  }
  argv.push_back(trainee.python.string());
  argv.insert(argv.end(), trainee.arguments.begin(), trainee.arguments.end());
  return argv;
}

fs::path interpreter(const BuildContext& context, const Recipe& recipe, const fs::path& prefix) {
  return prefix / "bin" / recipe.configuration.python_name(context.source.minor);
}

// One run of what it is trained under, where that is not the same for all that it is built for.
void train(BuildContext& context, const Recipe& recipe, SlotCommands& commands,
           const Trainee& trainee) {
  std::vector<Environment> runs = training_environments(recipe.configuration);
  if (runs.empty()) runs.emplace_back();
  for (Environment& variables : runs) {
    variables.insert(trainee.environment.begin(), trainee.environment.end());
    commands.run(words_of(context, recipe, commands, trainee), variables, trainee.tolerated);
  }
}

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

std::vector<std::string> files_with_suffix(const fs::path& directory, const std::string& suffix) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().ends_with(suffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

[[noreturn]] void fail(StageKind stage, const char* failure_class, const std::string& message,
                       const std::string& remedy) {
  throw StageFailed{{stage_name(stage), failure_class, message, remedy, "", true}};
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

// What llvm-bolt took from the plain interpreter.
void restore_stack_header(const fs::path& plain, const fs::path& python, SlotCommands& commands) {
  const auto before = hardening_of(read_file(plain));
  const std::string rewritten = read_file(python);
  const auto patch = stack_header_patch(rewritten);
  if (!patch || !before || !before->stack) return;
  std::string mended = rewritten;
  mended.replace(patch->offset, patch->bytes.size(), patch->bytes);
  const auto mode = fs::status(python).permissions();
  write_file_atomic(python, mended);
  fs::permissions(python, mode);
  commands.note(patch->command(python.string()));
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

  Environment environment = repeatable(recipe);
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
          {interpreter(context, recipe, prefix), run, environment,
           upstream ? std::vector<int>{0, 2, 3} : std::vector<int>{0}});
  }
  if (recipe.configuration.get<Pgo>() != Pgo::Value::upstream)
    for (const fs::path& program : context.training.own)
      train(context, recipe, commands,
            {interpreter(context, recipe, prefix), {program.string()}, environment});

  if (!gcc) {
    const auto raw = files_with_suffix(profile, ".profraw");
    if (raw.empty())
      fail(StageKind::train, "training-failed", "the training left no profile data", "see the log");
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
    fail(StageKind::train, "training-failed", "the training left no profile data", "see the log");
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

void run_bolt(BuildContext& context, const StageJob& job, SlotCommands& commands,
              nlohmann::json& details) {
  const auto& [recipe, stage, staging] = job;
  const auto compiled = context.store.find(recipe.compile.id);
  if (!compiled)
    throw Failure(
        "the optimized build vanished from the store while it was needed; run the sweep again");
  const fs::path prefix = commands.installed_prefix();
  fs::create_directories(prefix.parent_path());
  copy_tree(compiled->directory / "prefix", prefix, /*hard_link=*/true);

  // llvm-bolt looks for its instrumentation runtime beside the path it was called by, not beside
  // the real file.
  const std::string bolt = fs::canonical(*recipe.toolchain.bolt);
  const std::string merge_fdata = fs::canonical(*recipe.toolchain.merge_fdata);
  const fs::path python = interpreter(context, recipe, prefix);
  const fs::path plain = prefix / "bin" / "plain";
  const fs::path profile = commands.slot() / "profile";
  fs::create_directories(profile);
  fs::rename(python, plain);  // the hard link goes along; the name is free for the instrumented one
  commands.note(
      fmt::format("mv {} {}", python.string(),
                  plain.string()));  // plain paths: slot and names hold no blanks to quote
  std::vector<std::string> instrument{bolt, plain, "-instrument",
                                      "-instrumentation-file-append-pid",
                                      "-instrumentation-file=" + (profile / "python").string()};
  if (const auto& runtime = recipe.toolchain.bolt_runtime) {
    const fs::path link = commands.slot() / kBoltRuntimeInSlot;
    fs::create_symlink(*runtime, link);
    instrument.push_back(bolt_runtime_flag(link));
  }
  instrument.insert(instrument.end(), {"-o", python});
  commands.run(instrument);
  train(context, recipe, commands,
        {python,
         {(context.training.directory / "run.py").string(), "--scale", kTrainingScale},
         repeatable(recipe)});
  for (const fs::path& program : context.training.own)
    train(context, recipe, commands, {python, {program.string()}, repeatable(recipe)});

  std::vector<std::string> merge{merge_fdata, "-o", (profile / "python.merged").string()};
  const auto raw = files_with_suffix(profile, ".fdata");
  if (raw.empty())
    fail(StageKind::bolt, "bolt-failed", "the instrumented interpreter left no profile",
         "see the log; another version of LLVM may do better");
  merge.insert(merge.end(), raw.begin(), raw.end());
  commands.run(
      merge, {}, {0},
      fmt::format("{} -o \"$WORK/profile/python.merged\" \"$WORK\"/profile/*.fdata", merge_fdata));
  fs::remove(python);
  commands.note(fmt::format("rm {}", python.string()));
  std::vector<std::string> rewrite{bolt, plain, "-data=" + (profile / "python.merged").string()};
  for (const std::string& flag : bolt_flags(recipe.toolchain)) rewrite.push_back(flag);
  rewrite.insert(rewrite.end(), {"-o", python});
  commands.run(rewrite);
  restore_stack_header(plain, python, commands);
  commands.run(words_of(context, recipe, commands,
                        {python, {"-c", "import sys; sys.exit(sum(range(10)) != 45)"}, {}}));
  fs::remove(plain);
  commands.note(fmt::format("rm {}", plain.string()));
  details["profile_sha256"] = sha256_file(profile / "python.merged");
  fs::rename(prefix, staging / "prefix");
}

}  // namespace pytune
