#include "build/trainee.h"

#include <algorithm>
#include <atomic>

#include "spec/environment.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

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

}  // namespace

Environment repeatable_environment(const Recipe& recipe) {
  return {{"PYTHONHASHSEED", std::to_string(recipe.rebuild)},
          {"PYTHONDONTWRITEBYTECODE", "1"},
          {"PYTHONNOUSERSITE", "1"}};
}

fs::path interpreter_of(const BuildContext& context, const Recipe& recipe, const fs::path& prefix) {
  return prefix / "bin" / recipe.configuration.python_name(context.source.minor);
}

void run_once(BuildContext& context, const Recipe& recipe, SlotCommands& commands,
              const Trainee& trainee) {
  commands.run(words_of(context, recipe, commands, trainee), trainee.environment,
               trainee.tolerated);
}

void train(BuildContext& context, const Recipe& recipe, SlotCommands& commands,
           const Trainee& trainee) {
  std::vector<Environment> runs = training_environments(recipe.configuration);
  if (runs.empty()) runs.emplace_back();
  for (Environment& variables : runs) {
    variables.insert(trainee.environment.begin(), trainee.environment.end());
    run_once(context, recipe, commands,
             {trainee.python, trainee.arguments, variables, trainee.tolerated});
  }
}

std::vector<std::string> files_with_suffix(const fs::path& directory, const std::string& suffix) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().ends_with(suffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace pytune
