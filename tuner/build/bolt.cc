#include "build/bolt.h"

#include <fmt/format.h>

#include "binary/hardening_facts.h"
#include "binary/stack_header.h"
#include "build/trainee.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// The files of one run of the stage. Slot and names hold no blanks to quote.
struct Places {
  std::string bolt;
  fs::path python;
  fs::path subject;  // what is to come: the file that holds the interpreter
  fs::path plain;    // what was compiled
  fs::path profile;  // directory

  std::string merged() const { return profile / "python.merged"; }
};

bool is_shared(const Recipe& recipe) {
  return recipe.configuration.get<Libpython>() == Libpython::Value::shared;
}

Places places_of(const BuildContext& context, const Recipe& recipe, const SlotCommands& commands) {
  const fs::path prefix = commands.installed_prefix();
  const fs::path python = interpreter_of(context, recipe, prefix);
  const fs::path subject =
      is_shared(recipe) ? prefix / "lib" / fmt::format("lib{}.so.1.0", python.filename().string())
                        : python;
  // llvm-bolt looks for its instrumentation runtime beside the path it was called by, not beside
  // the real file.
  return {fs::canonical(*recipe.toolchain.bolt), python, subject, subject.parent_path() / "plain",
          commands.slot() / "profile"};
}

void instrument(const Recipe& recipe, const Places& places, SlotCommands& commands) {
  std::vector<std::string> words{places.bolt, places.plain, "-instrument",
                                 "-instrumentation-file-append-pid",
                                 "-instrumentation-file=" + (places.profile / "python").string()};
  for (std::string& flag : bolt_instrument_flags(recipe.toolchain, is_shared(recipe)))
    words.push_back(std::move(flag));
  if (const auto& runtime = recipe.toolchain.bolt_runtime) {
    const fs::path link = commands.slot() / kBoltRuntimeInSlot;
    fs::create_symlink(*runtime, link);
    words.push_back(bolt_runtime_flag(link));
  }
  words.insert(words.end(), {"-o", places.subject});
  commands.run(words);
}

void count(BuildContext& context, const Recipe& recipe, const Places& places,
           SlotCommands& commands) {
  const Environment environment = repeatable_environment(recipe);
  train(context, recipe, commands,
        {places.python,
         {(context.training.directory / "run.py").string(), "--scale", kTrainingScale},
         environment});
  for (const fs::path& program : context.training.own)
    train(context, recipe, commands, {places.python, {program.string()}, environment});
}

void merge(const Recipe& recipe, const Places& places, SlotCommands& commands) {
  const std::string merge_fdata = fs::canonical(*recipe.toolchain.merge_fdata);
  const auto raw = files_with_suffix(places.profile, ".fdata");
  if (raw.empty())
    throw StageFailed{{stage_name(StageKind::bolt), "bolt-failed",
                       "the instrumented interpreter left no profile",
                       "see the log; another version of LLVM may do better", "", true}};
  std::vector<std::string> words{merge_fdata, "-o", places.merged()};
  words.insert(words.end(), raw.begin(), raw.end());
  commands.run(
      words, {}, {0},
      fmt::format("{} -o \"$WORK/profile/python.merged\" \"$WORK\"/profile/*.fdata", merge_fdata));
}

// What llvm-bolt took from the plain interpreter.
void restore_stack_header(const Places& places, SlotCommands& commands) {
  const auto before = hardening_of(read_file(places.plain));
  std::string rewritten = read_file(places.subject);
  const auto patch = stack_header_patch(rewritten);
  if (!patch || !before || !before->stack) return;
  rewritten.replace(patch->offset, patch->bytes.size(), patch->bytes);
  const auto mode = fs::status(places.subject).permissions();
  write_file_atomic(places.subject, rewritten);
  fs::permissions(places.subject, mode);
  commands.note(patch->command(places.subject.string()));
}

void rewrite(const Recipe& recipe, const Places& places, SlotCommands& commands) {
  std::vector<std::string> words{places.bolt, places.plain, "-data=" + places.merged()};
  for (std::string& flag : bolt_flags(recipe.toolchain, is_shared(recipe)))
    words.push_back(std::move(flag));
  words.insert(words.end(), {"-o", places.subject});
  commands.run(words);
  restore_stack_header(places, commands);
}

}  // namespace

void run_bolt(BuildContext& context, const StageJob& job, SlotCommands& commands,
              nlohmann::json& details) {
  const Recipe& recipe = job.recipe;
  const auto compiled = context.store.find(recipe.compile.id);
  if (!compiled)
    throw Failure(
        "the optimized build vanished from the store while it was needed; run the sweep again");
  const fs::path prefix = commands.installed_prefix();
  fs::create_directories(prefix.parent_path());
  copy_tree(compiled->directory / "prefix", prefix, /*hard_link=*/true);

  const Places places = places_of(context, recipe, commands);
  fs::create_directories(places.profile);
  // The hard link goes along; the name is free for the instrumented one.
  fs::rename(places.subject, places.plain);
  commands.note(fmt::format("mv {} {}", places.subject.string(), places.plain.string()));
  instrument(recipe, places, commands);
  count(context, recipe, places, commands);
  merge(recipe, places, commands);
  fs::remove(places.subject);
  commands.note(fmt::format("rm {}", places.subject.string()));
  rewrite(recipe, places, commands);
  run_once(context, recipe, commands,
           {places.python, {"-c", "import sys; sys.exit(sum(range(10)) != 45)"}, {}});
  fs::remove(places.plain);
  commands.note(fmt::format("rm {}", places.plain.string()));
  details["profile_sha256"] = sha256_file(places.merged());
  fs::rename(prefix, job.staging / "prefix");
}

}  // namespace pytune
